/** The fraction digits of Arrow's time units: seconds, milliseconds, microseconds, nanoseconds. */
const unitDigits = [0, 3, 6, 9] as const;

/** `YYYY-MM-DD` in the proleptic Gregorian calendar; years beyond 0..9999 signed and of six digits at least. */
export function isoDate(daysSinceEpoch: number): string {
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
export function isoTime(sinceMidnight: bigint, unit: number): string {
  const digits = unitDigits[unit] ?? 0;
  const scale = 10n ** BigInt(digits);
  const seconds = Number(sinceMidnight / scale);
  const clock = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const fraction = String(sinceMidnight % scale).padStart(digits, '0');
  return clock.map(twoDigits).join(':') + (digits === 0 ? '' : `.${fraction}`);
}

/** `YYYY-MM-DDTHH:MM:SS`, with the fraction digits of the unit (an Arrow `TimeUnit`). */
export function isoTimestamp(sinceEpoch: bigint, unit: number): string {
  const perDay = 86400n * 10n ** BigInt(unitDigits[unit] ?? 0);
  const timeOfDay = ((sinceEpoch % perDay) + perDay) % perDay;
  const days = Number((sinceEpoch - timeOfDay) / perDay);
  return `${isoDate(days)}T${isoTime(timeOfDay, unit)}`;
}

/** `PT<seconds>S`, with the fraction digits of the unit (an Arrow `TimeUnit`) and the sign in front. */
export function isoDuration(value: bigint, unit: number): string {
  return `${value < 0n ? '-' : ''}PT${isoSeconds(value < 0n ? -value : value, unit)}S`;
}

/** `P<months>M<days>DT<seconds>S`: the parts of an Arrow interval, each with its own sign. */
export function isoInterval(months: number, days: number, nanoseconds: bigint): string {
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
