import { type Data, DataType, DateUnit, IntervalUnit } from 'apache-arrow';

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

/** The fraction digits of Arrow's time units: seconds, milliseconds, microseconds, nanoseconds. */
const unitDigits = [0, 3, 6, 9] as const;

/** `YYYY-MM-DD` in the proleptic Gregorian calendar; years beyond 0..9999 signed and of six digits at least. */
function isoDate(daysSinceEpoch: number): string {
  // Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days: years begin in March.
  const days = daysSinceEpoch + 719468;
  const era = Math.floor(days / 146097);
  const dayOfEra = days - era * 146097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36524) -
      Math.floor(dayOfEra / 146096)) /
      365,
  );
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1;
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return `${isoYear(year)}-${twoDigits(month)}-${twoDigits(day)}`;
}

/** `HH:MM:SS`, with the fraction digits of the unit (an Arrow `TimeUnit`). */
function isoTime(sinceMidnight: bigint, unit: number): string {
  const digits = unitDigits[unit] ?? 0;
  const scale = 10n ** BigInt(digits);
  const seconds = Number(sinceMidnight / scale);
  const clock = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const fraction = String(sinceMidnight % scale).padStart(digits, '0');
  return clock.map(twoDigits).join(':') + (digits === 0 ? '' : `.${fraction}`);
}

/** `YYYY-MM-DDTHH:MM:SS`, with the fraction digits of the unit (an Arrow `TimeUnit`). */
function isoTimestamp(sinceEpoch: bigint, unit: number): string {
  const perDay = 86400n * 10n ** BigInt(unitDigits[unit] ?? 0);
  const timeOfDay = ((sinceEpoch % perDay) + perDay) % perDay;
  const days = Number((sinceEpoch - timeOfDay) / perDay);
  return `${isoDate(days)}T${isoTime(timeOfDay, unit)}`;
}

/** `PT<seconds>S`, with the fraction digits of the unit (an Arrow `TimeUnit`) and the sign in front. */
function isoDuration(value: bigint, unit: number): string {
  return `${value < 0n ? '-' : ''}PT${isoSeconds(value < 0n ? -value : value, unit)}S`;
}

/** `P<months>M<days>DT<seconds>S`: the parts of an Arrow interval, each with its own sign. */
function isoInterval(months: number, days: number, nanoseconds: bigint): string {
  const sign = nanoseconds < 0n ? '-' : '';
  const seconds = isoSeconds(nanoseconds < 0n ? -nanoseconds : nanoseconds, 3);
  return `P${months}M${days}DT${sign}${seconds}S`;
}

function isoSeconds(value: bigint, unit: number): string {
  const digits = unitDigits[unit] ?? 0;
  const scale = 10n ** BigInt(digits);
  const fraction = String(value % scale).padStart(digits, '0');
  return digits === 0 ? String(value) : `${value / scale}.${fraction}`;
}

function isoYear(year: number): string {
  if (year >= 0 && year <= 9999) return String(year).padStart(4, '0');
  return `${year < 0 ? '-' : '+'}${String(Math.abs(year)).padStart(6, '0')}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}

/** The JSON of item `index` of Arrow data. */
export type JsonCells = (index: number) => string;
