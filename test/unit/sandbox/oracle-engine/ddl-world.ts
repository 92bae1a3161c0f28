/** A table T of three columns whose redo is read after DDL. */
import { ISO_SESSION, mine, openWorld } from './world.ts';
import type { Speaker, Value, World } from './world.ts';

const CREATE = 'CREATE TABLE T (ID NUMBER PRIMARY KEY, V VARCHAR2(10), N NUMBER(5,2))';

interface Opened {
  readonly world: World;
  readonly speaker: Speaker;
}

export async function open(create = CREATE): Promise<Opened> {
  const world = openWorld();
  const speaker = world.connect();
  await speaker.run(ISO_SESSION);
  await speaker.run(create);
  await speaker.run('ALTER TABLE T ADD SUPPLEMENTAL LOG DATA (ALL) COLUMNS');
  return { world, speaker };
}

export async function insert(speaker: Speaker, values = "1, 'a', 2.5"): Promise<void> {
  await speaker.run(`INSERT INTO T VALUES (${values})`);
  await speaker.session.commit();
}

export async function redoOf(speaker: Speaker, where = 'OPERATION_CODE IN (1, 2, 3)'): Promise<readonly Value[]> {
  return (await mine(speaker, 'SQL_REDO', { where })).map(([text]) => text ?? null);
}

export async function dictionary(speaker: Speaker): Promise<readonly (readonly Value[])[]> {
  return speaker.query(
    'SELECT COLUMN_NAME, TO_CHAR(COLUMN_ID), TO_CHAR(SEGMENT_COLUMN_ID), HIDDEN_COLUMN, NULLABLE, DATA_DEFAULT ' +
      "FROM DBA_TAB_COLS WHERE TABLE_NAME = 'T' ORDER BY SEGMENT_COLUMN_ID",
  );
}

export async function scn(speaker: Speaker): Promise<Value> {
  return (await speaker.query('SELECT TO_CHAR(CURRENT_SCN) FROM V$DATABASE'))[0]?.[0] ?? null;
}
