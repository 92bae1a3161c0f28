"""PyODPS, unmodified, as a client of the MaxCompute stand-in.

Usage: pyodps_peer.py ENDPOINT PROJECT ACCESS_KEY_ID ACCESS_KEY_SECRET
Prints one JSON line per step: {"step": name, ...}. Exits 1 with a traceback when anything is not as it must be.
"""

import json
import sys
from datetime import date, datetime, timezone
from decimal import Decimal

import pandas
from odps import ODPS, errors, options
from odps.models import TableSchema
from odps.tunnel import CompressOption, TableTunnel

COLUMNS = [
    ("id", "bigint"),
    ("name", "string"),
    ("amount", "decimal(38,18)"),
    ("happened", "timestamp_ntz"),
    ("small", "tinyint"),
    ("flag", "boolean"),
    ("ratio", "double"),
    ("bytes", "binary"),
    ("day", "date"),
    ("moment", "datetime"),
    ("instant", "timestamp"),
    ("code", "varchar(10)"),
]

ROWS = [
    [1, "中文é😀", Decimal("-12345678901234567890.123456789012345678"), pandas.Timestamp("2024-02-29 12:34:56.123456789"),
     -128, True, -0.1, b"\x00\xff\x80", date(1, 1, 1), datetime(1969, 12, 31, 23, 59, 59, 999000),
     pandas.Timestamp("2024-02-29 12:34:56.000000001"), "abc"],
    [2, None, None, None, None, None, None, None, None, None, None, None],
    [3, "", Decimal("0"), pandas.Timestamp("1970-01-01"), 127, False, 1e308, b"", date(9999, 12, 31),
     datetime(2024, 1, 1), pandas.Timestamp("1969-12-31 23:59:58.25"), ""],
]


def show(value):
    """A value as text that is the same on every machine."""
    if value is None:
        return None
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Decimal):
        text = format(value, "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    return str(value)


def report(step, **facts):
    print(json.dumps({"step": step, **facts}, ensure_ascii=False), flush=True)


def must_fail(kind, action):
    try:
        action()
    except kind as error:
        return type(error).__name__ + ": " + str(getattr(error, "code", ""))
    raise AssertionError("expected " + kind.__name__)


def main():
    endpoint, project, access_id, access_key = sys.argv[1:5]
    options.local_timezone = False
    options.allow_antique_date = True
    options.sql.use_odps2_extension = True
    # Says nothing about the machine that records.
    options.user_agent_pattern = "$pyodps_version"
    odps = ODPS(access_id, access_key, project, endpoint=endpoint)

    # A table by SQL, its metadata by REST.
    schema = TableSchema.from_lists([name for name, _ in COLUMNS], [kind for _, kind in COLUMNS])
    table = odps.create_table("py_types", schema, if_not_exists=True, comment="类型", lifecycle=7)
    table.reload()
    report("create", columns=[[column.name, str(column.type)] for column in table.table_schema.columns],
           comment=table.comment, lifecycle=table.lifecycle, exists=odps.exist_table("PY_TYPES"),
           missing=odps.exist_table("no_such_table"), tables=[each.name for each in odps.list_tables()])

    # Two blocks, one written twice, invisible until the commit.
    tunnel = TableTunnel(odps)
    upload = tunnel.create_upload_session("py_types", compress_option=CompressOption())
    with upload.open_record_writer(1) as writer:
        writer.write(table.new_record(ROWS[0]))
    with upload.open_record_writer(0, compress=True) as writer:
        for row in ROWS[:2]:
            writer.write(table.new_record(row))
    with upload.open_record_writer(1) as writer:
        writer.write(table.new_record(ROWS[2]))
    with table.open_reader() as reader:
        before = reader.count
    upload.commit([0, 1])
    report("upload", before=before, status=str(upload.status), blocks=sorted(upload.get_block_list()))
    with table.open_reader(reopen=True) as reader:
        read = [[show(value) for value in record.values] for record in reader]
        report("read", count=reader.count, rows=read)
    expected = [[show(value) for value in row] for row in ROWS]
    if read != expected:
        raise AssertionError("read back %r, expected %r" % (read, expected))

    # SELECT through the instance tunnel (typed) and as CSV.
    sql = "SELECT id, name, amount, happened, moment FROM py_types ORDER BY id LIMIT 10"
    with odps.execute_sql(sql).open_reader() as reader:
        report("select", rows=[[show(value) for value in record.values] for record in reader])
    with odps.execute_sql(sql).open_reader(tunnel=False) as reader:
        report("select csv", raw=reader.raw)
    cast = "SELECT CAST(moment AS STRING) AS m, CAST(happened AS STRING) AS h FROM py_types WHERE id = 1"
    with odps.execute_sql(cast).open_reader(tunnel=False) as reader:
        report("cast", raw=reader.raw)
    with odps.execute_sql("SELECT COUNT(*) AS n, MAX(happened) AS last FROM py_types").open_reader() as reader:
        report("count", rows=[[show(value) for value in record.values] for record in reader])

    # Partitions.
    odps.execute_sql("CREATE TABLE py_parts (v BIGINT) PARTITIONED BY (dt STRING, hh STRING)")
    parts = odps.get_table("py_parts")
    parts.create_partition("dt='20240101',hh='01'", if_not_exists=True)
    session = tunnel.create_upload_session("py_parts", partition_spec="dt='20240101',hh='02'", create_partition=True)
    with session.open_record_writer(0) as writer:
        writer.write(parts.new_record([42, None, None]))
    session.commit([0])
    with parts.open_reader(partition="dt='20240101',hh='02'") as reader:
        in_partition = [record.values[0] for record in reader]
    full_scan = must_fail(errors.ODPSError, lambda: odps.execute_sql("SELECT COUNT(*) FROM py_parts"))
    with odps.execute_sql("SELECT COUNT(*) FROM py_parts",
                          hints={"odps.sql.allow.fullscan": "true"}).open_reader() as reader:
        counted = reader[0][0]
    report("partitions", names=[str(partition.name) for partition in parts.partitions], rows=in_partition,
           exists=parts.exist_partition("dt='20240101',hh='03'"), full_scan=full_scan, count=counted)

    # Errors, renaming and dropping.
    report("errors",
           missing=must_fail(errors.NoSuchTable, lambda: odps.execute_sql("SELECT 1 FROM no_such_table")),
           syntax=must_fail(errors.ParseError, lambda: odps.execute_sql("SELEC 1")),
           download=must_fail(errors.ODPSError, lambda: tunnel.create_download_session("no_such_table")),
           signature=must_fail(errors.ODPSError,
                               lambda: ODPS(access_id, "wrong", project, endpoint=endpoint).exist_table("x")))
    odps.execute_sql("ALTER TABLE py_parts RENAME TO py_renamed")
    odps.delete_table("py_types")
    odps.delete_table("py_renamed", if_exists=True)
    report("end", tables=[each.name for each in odps.list_tables()])


if __name__ == "__main__":
    main()
