/** The part of parquetjs-lite, which has no types of its own, that the tests use. */
declare module 'parquetjs-lite' {
  interface ParquetSchema {
    readonly schema: object;
  }
  interface ParquetWriter {
    setRowGroupSize(rows: number): void;
    appendRow(row: object): Promise<void>;
    close(): Promise<void>;
  }
  interface ParquetReader {
    getCursor(): { next(): Promise<object | null> };
    close(): Promise<void>;
  }
  const parquet: {
    readonly ParquetSchema: new (
      columns: Readonly<
        Record<
          string,
          { readonly type: string; readonly optional?: boolean; readonly compression?: string }
        >
      >,
    ) => ParquetSchema;
    readonly ParquetWriter: {
      openFile(schema: ParquetSchema, path: string): Promise<ParquetWriter>;
    };
    readonly ParquetReader: { openFile(path: string): Promise<ParquetReader> };
  };
  export default parquet;
}
