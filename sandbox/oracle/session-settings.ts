import { checkMask } from './date-masks.ts';
import { OracleError } from './engine.ts';
import type { SessionSettings } from './sql-compiled.ts';
import { parseZone, zoneName } from './time-zones.ts';

/** What a session of an American client starts with. */
export function defaultSettings(): SessionSettings {
  return {
    dateFormat: 'DD-MON-RR',
    timestampFormat: 'DD-MON-RR HH.MI.SSXFF AM',
    timestampZoneFormat: 'DD-MON-RR HH.MI.SSXFF AM TZR',
    timeZone: '+00:00',
  };
}

/**
 * ALTER SESSION SET name = value.
 * @throws OracleError 2248 for a setting that is not imitated, 1821 for a bad mask, 1874, 1875, 1882 for a zone that is none.
 */
export function changeSetting(settings: SessionSettings, name: string, value: string): void {
  switch (name) {
    case 'NLS_DATE_FORMAT':
      checkMask(value);
      settings.dateFormat = value;
      return;
    case 'NLS_TIMESTAMP_FORMAT':
      checkMask(value);
      settings.timestampFormat = value;
      return;
    case 'NLS_TIMESTAMP_TZ_FORMAT':
      checkMask(value);
      settings.timestampZoneFormat = value;
      return;
    case 'NLS_NUMERIC_CHARACTERS':
      if (value !== '.,') throw new OracleError(3001, 'unimplemented feature: NLS_NUMERIC_CHARACTERS other than .,');
      return;
    case 'TIME_ZONE':
      settings.timeZone = zoneName(parseZone(value));
      return;
    default:
      throw new OracleError(2248, 'invalid option for ALTER SESSION');
  }
}
