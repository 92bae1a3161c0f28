/** A resolved Oracle connection, and how it is written for the driver and for people. */
import { Failure } from '../model/failure.ts';

/** Secrets included: lives in the worker's memory only. Exactly one of `sid` and `service`. */
export interface SourceConnection {
  /** One host, or several that are tried in order (nodes of a RAC, primary and standby addresses). */
  readonly host: string | readonly string[];
  readonly port: number;
  readonly sid?: string;
  readonly service?: string;
  readonly user: string;
  readonly password: string;
  /** Service of CDB$ROOT, for databases whose logs can only be mined from there. */
  readonly rootService?: string;
}

const hostsOf = ({ host }: SourceConnection): readonly string[] => (typeof host === 'string' ? [host] : host);

/** `db1,db2:1521/ORCLPDB1`: for messages. */
export const connectionText = (connection: SourceConnection): string =>
  `${hostsOf(connection).join(',')}:${connection.port}/${connection.service ?? connection.sid ?? '?'}`;

/** Characters with a meaning in a connect descriptor, and what could never be part of a name or an address. */
const UNSAFE = /[()=\\#'"\s\u0000-\u001f]/;

function safe(what: string, text: string): string {
  if (text === '' || UNSAFE.test(text)) {
    throw new Failure(
      'bad-input',
      `Oracle connection: ${what} ${JSON.stringify(text)} is not usable; correct the connection.`,
    );
  }
  return text;
}

/** Seconds until a listener must have answered, per address. */
export const CONNECT_SECONDS = 10;

/**
 * The largest packet we take (session data unit); both sides agree on the lesser of their two. A batch of rows then comes in a
 * few packets: the driver begins a row again for every packet that ends inside it (Oracle Net Services Administrator's Guide, "Configuring Session Data Unit").
 */
const SDU_BYTES = 65535;

/**
 * The connect descriptor (Oracle Net Services Reference, "Local Naming Parameters").
 * @throws Failure bad-input for names that cannot be part of one, or without a service and SID.
 */
export function connectDescriptor(connection: SourceConnection): string {
  const hosts = hostsOf(connection);
  if (hosts.length === 0) throw new Failure('bad-input', 'Oracle connection: no host is given.');
  const addresses = hosts.map(
    (host) => `(ADDRESS=(PROTOCOL=TCP)(HOST=${safe('host', host)})(PORT=${connection.port}))`,
  );
  const database =
    connection.service === undefined
      ? `(SID=${safe('SID', connection.sid ?? '')})`
      : `(SERVICE_NAME=${safe('service', connection.service)})`;
  return (
    `(DESCRIPTION=(SDU=${SDU_BYTES})(CONNECT_TIMEOUT=${CONNECT_SECONDS})(TRANSPORT_CONNECT_TIMEOUT=${CONNECT_SECONDS})` +
    `(ADDRESS_LIST=(LOAD_BALANCE=OFF)(FAILOVER=ON)${addresses.join('')})(CONNECT_DATA=${database}))`
  );
}
