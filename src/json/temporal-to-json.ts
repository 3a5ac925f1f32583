import { type Data, DataType, DateUnit, IntervalUnit } from 'apache-arrow';
import { isoDate, isoDuration, isoInterval, isoTime, isoTimestamp } from './iso-8601.ts';
import type { JsonCells } from './json-cells.ts';

/** The ISO 8601 text of each item of a date, time, timestamp, duration or interval, as a JSON string. */
export function temporalToJson(data: Data): JsonCells | undefined {
  const text = isoText(data);
  return text === undefined ? undefined : (index) => `"${text(index)}"`;
}

function isoText(data: Data): ((index: number) => string) | undefined {
  const { type } = data;
  const integer = integers(data);
  if (DataType.isTimestamp(type)) {
    const zone = type.timezone ? 'Z' : '';
    return (index) => isoTimestamp(integer(index), type.unit) + zone;
  }
  if (DataType.isDate(type)) {
    if (type.unit === DateUnit.DAY) return (index) => isoDate(Number(integer(index)));
    return (index) => isoTimestamp(integer(index), 1).replace('T00:00:00.000', '');
  }
  if (DataType.isTime(type)) return (index) => isoTime(integer(index), type.unit);
  if (DataType.isDuration(type)) return (index) => isoDuration(integer(index), type.unit);
  if (DataType.isInterval(type)) return intervalText(data, type.unit);
  return undefined;
}

function integers(data: Data): (index: number) => bigint {
  const values = data.values as Int32Array | BigInt64Array;
  return (index) => BigInt(values[index] ?? 0);
}

function intervalText(data: Data, unit: IntervalUnit): (index: number) => string {
  const words = data.values as Int32Array;
  const word = (index: number): number => words[index] ?? 0;
  if (unit === IntervalUnit.YEAR_MONTH) return (index) => isoInterval(word(index), 0, 0n);
  if (unit === IntervalUnit.DAY_TIME) {
    return (index) => isoInterval(0, word(2 * index), BigInt(word(2 * index + 1)) * 1_000_000n);
  }
  return (index) => {
    const nanoseconds = (BigInt(word(4 * index + 3)) << 32n) | BigInt(word(4 * index + 2) >>> 0);
    return isoInterval(word(4 * index), word(4 * index + 1), nanoseconds);
  };
}
