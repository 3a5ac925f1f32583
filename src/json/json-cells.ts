/** The JSON of item `index` of Arrow data. */
export type JsonCells = (index: number) => string;
