"""Judges one run: the sandbox's journal of committed changes against what PyODPS reads from the destination.

Usage: checker.py INPUT.json
Prints one JSON object: lost, duplicated, ghosts, changed, texts, and what was compared. Exits 1 with a traceback when it
cannot judge. It shares no code with anything else here, and knows only the published form of the tables: `_base` holds
rows, `_log` holds record_id, operation_flag, utc_timestamp, before_flag and after_flag before the source's columns, and
the state up to a record_id is, per key, the newest row by (record_id, after_flag) if its after_flag is Y.

I1 no loss, I2 no duplicate, I3 no ghost, I4 two rows per update, I5 record_id in commit order, I6 merged = truth at the
end and at random commits, I7 the bank's total, I8 lists only grow, I9 columns are NULL before they were added.
"""

import json
import random
import re
import struct
import sys
import urllib.request
from collections import Counter
from decimal import Decimal

from odps import ODPS, options

FLAGS = ["record_id", "operation_flag", "utc_timestamp", "before_flag", "after_flag"]
TEXTS_MAX = 40


# Canonical values ----------------------------------------------------------------------------------------------------


def kind_of(data_type):
    if data_type.startswith(("NUMBER", "FLOAT")):
        return "number"
    if data_type == "BINARY_FLOAT":
        return "float"
    if data_type == "BINARY_DOUBLE":
        return "double"
    if data_type == "DATE" or data_type.startswith("TIMESTAMP"):
        return "moment"
    if data_type.startswith("INTERVAL YEAR"):
        return "months"
    if data_type.startswith("INTERVAL DAY"):
        return "seconds"
    if data_type.startswith("RAW"):
        return "bytes"
    return "text"


def number(value):
    text = format(Decimal(str(value)), "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def real(value, pack):
    words = {"nan": "nan", "inf": "inf", "-inf": "-inf"}
    found = float(words.get(str(value).strip().lower(), value))
    return "nan" if found != found else struct.pack(pack, found).hex()


def moment(value):
    text = str(value).strip()
    return text.rstrip("0").rstrip(".") if "." in text else text


def months(value):
    text = str(value).strip()
    oracle = re.fullmatch(r"([+-]?)(\d+)-(\d+)", text)
    iso = re.fullmatch(r"(-?)P(?:(\d+)Y)?(?:(\d+)M)?", text)
    sign, years, rest = (oracle or iso).groups()
    total = int(years or 0) * 12 + int(rest or 0)
    return str(-total if sign == "-" else total)


def seconds(value):
    text = str(value).strip()
    oracle = re.fullmatch(r"([+-]?)(\d+) (\d+):(\d+):(\d+(?:\.\d+)?)", text)
    iso = re.fullmatch(r"(-?)P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?", text)
    sign, days, hours, minutes, rest = (oracle or iso).groups()
    total = ((int(days or 0) * 24 + int(hours or 0)) * 60 + int(minutes or 0)) * 60 + Decimal(rest or 0)
    return number(-total if sign == "-" else total)


def raw(value):
    return value.hex().upper() if isinstance(value, (bytes, bytearray)) else str(value).upper()


CANONICAL = {
    "number": number,
    "float": lambda value: real(value, "<f"),
    "double": lambda value: real(value, "<d"),
    "moment": moment,
    "months": months,
    "seconds": seconds,
    "bytes": raw,
    "text": lambda value: value if isinstance(value, str) else str(value),
}


def canonical(kind, value):
    return None if value is None else CANONICAL[kind](value)


# The verdict ---------------------------------------------------------------------------------------------------------


class Verdict:
    def __init__(self):
        self.counts = Counter(lost=0, duplicated=0, ghosts=0, changed=0)
        self.texts = []

    def add(self, what, text, times=1):
        if times <= 0:
            return
        self.counts[what] += times
        if len(self.texts) < TEXTS_MAX:
            self.texts.append(text)


# Both sides ----------------------------------------------------------------------------------------------------------


class Table:
    """A table of the input, with the changes of the journal and the rows of the destination."""

    def __init__(self, told):
        self.name = told["name"]
        self.key = told["key"]
        self.base_name = told["base"]
        self.log_name = told["log"]
        self.snapshot = int(told["snapshotScn"] or 0)
        self.kinds = {name: kind_of(kind) for name, kind in told["columns"].items()}
        self.added = {}
        for addition in told["added"]:
            self.kinds[addition["column"]] = "text"
            self.added[addition["column"]] = (addition["default"], [int(scn) for scn in addition["scns"]])
        self.columns = list(self.kinds)
        self.changes = []  # (index of the journal entry, commit SCN, kind, before, after)
        self.base = []
        self.log = []  # (record_id, operation, before_flag, after_flag, utc_timestamp, row)

    def image(self, row):
        """A row of the journal; columns that it did not have then are missing."""
        return None if row is None else {name: canonical(self.kinds[name], row[name]) for name in self.columns if name in row}

    def key_of(self, row):
        return tuple(row[name] for name in self.key)

    def logged(self, image):
        """What `_log` must hold of an image: columns that were not there are NULL (I9)."""
        return None if image is None else tuple(image.get(name) for name in self.columns)

    def copied(self, image):
        """Per column the values that `_base` may hold: one, but where the column came while the snapshot was taken."""
        return [{image[name]} if name in image else self.unknown(name) for name in self.columns]

    def unknown(self, column):
        default, (before, after) = self.added[column]
        if self.snapshot < before:
            return {None}
        return {default} if self.snapshot >= after else {None, default}


def read_journal(control):
    with urllib.request.urlopen(control + "/journal?after=0") as answer:
        return json.load(answer)["entries"]


class Warehouse:
    def __init__(self, told):
        options.sql.use_odps2_extension = True
        options.local_timezone = False
        options.allow_antique_date = True
        self.odps = ODPS(told["accessKeyId"], told["accessKeySecret"], told["project"], told["endpoint"])
        self.hints = {
            "odps.sql.allow.fullscan": "true",
            "odps.sql.timezone": "UTC",
            "odps.sql.validate.orderby.limit": "false",
        }

    def columns(self, table):
        schema = self.odps.get_table(table).table_schema
        return {column.name.lower() for column in schema.simple_columns}

    def select(self, table, wanted):
        """Rows of (name, kind) columns; moments as the service's own text, all others typed."""
        there = self.columns(table)
        expressions = []
        for name, kind in wanted:
            column = "`%s`" % name.lower()
            if name.lower() not in there:
                expressions.append("CAST(NULL AS STRING) AS `%s`" % name.lower())
            elif kind == "moment":
                expressions.append("CAST(%s AS STRING) AS %s" % (column, column))
            else:
                expressions.append(column)
        statement = "SELECT %s FROM %s" % (", ".join(expressions), table)
        with self.odps.execute_sql(statement, hints=self.hints).open_reader(tunnel=True, limit=False) as reader:
            return [
                [value if kind is None else canonical(kind, value) for value, (_, kind) in zip(record.values, wanted)]
                for record in reader
            ]


def read_destination(warehouse, table):
    data = list(table.kinds.items())
    for values in warehouse.select(table.base_name, data):
        table.base.append(dict(zip(table.columns, values)))
    for values in warehouse.select(table.log_name, [(flag, None) for flag in FLAGS] + data):
        record_id, operation, stamp, before, after = values[: len(FLAGS)]
        table.log.append((int(record_id), operation, before, after, int(stamp), tuple(values[len(FLAGS):])))
    table.log.sort(key=lambda row: (row[0], row[3]))  # N before Y


# Invariants ----------------------------------------------------------------------------------------------------------


def truth_rows(table, limit):
    """Key → rows, before the first change beyond the limit. One statement may swap keys: for a moment two rows have one."""
    rows = {}
    for place, commit, _, before, after in table.changes:
        if limit(place, commit):
            break
        if before is not None:
            old = table.key_of(before)
            held = rows.get(old)
            if held is not None:
                # the image of before may have a column that was added since the row was last changed
                held.remove(next(row for row in held if all(before.get(name) == row[name] for name in row)))
                if not held:
                    del rows[old]
        if after is not None:
            rows.setdefault(table.key_of(after), []).append(after)
    return rows


def state(table, limit, what):
    rows = {}
    for key, held in truth_rows(table, limit).items():
        if len(held) != 1:
            raise AssertionError("the journal holds %d rows of one key of %s %s" % (len(held), table.name, what))
        rows[key] = held[0]
    return rows


def fits(table, image, row, from_log):
    if from_log:
        return table.logged(image) == row
    return all(value in allowed for value, allowed in zip(row, table.copied(image)))


def compare_states(table, truth, found, verdict, what):
    """found: key → (row, whether it comes from the log)."""
    for key, image in truth.items():
        if key not in found:
            verdict.add("lost", "%s %s: key %s is not there" % (table.name, what, key))
        elif not fits(table, image, *found[key]):
            names = [name for name, value in zip(table.columns, found[key][0]) if image.get(name) != value]
            verdict.add("changed", "%s %s: key %s differs in %s" % (table.name, what, key, ", ".join(names)))
    for key in found:
        if key not in truth:
            verdict.add("ghosts", "%s %s: key %s was never there, or is gone" % (table.name, what, key))


def check_base(table, verdict):
    found = {}
    for row in table.base:
        key = table.key_of(row)
        if key in found:
            verdict.add("duplicated", "%s: _base has key %s twice (I2)" % (table.name, key))
        found[key] = (tuple(row[name] for name in table.columns), False)
    truth = state(table, lambda _, commit: commit > table.snapshot, "at its snapshot")
    compare_states(table, truth, found, verdict, "_base as of SCN %d" % table.snapshot)


def pair_up(table, verdict):
    """Rows of `_log` → changes in order of record_id: (record_id, kind, before, after)."""
    by_id = {}
    for record_id, operation, before, after, _, row in table.log:
        rows = by_id.setdefault(record_id, {})
        if (before, after) in rows:
            verdict.add("duplicated", "%s: record_id %d has two rows %s%s (I2)" % (table.name, record_id, before, after))
        else:
            rows[(before, after)] = (operation, row)
    shapes = {
        (("N", "Y", "I"),): "insert",
        (("Y", "N", "D"),): "delete",
        (("N", "Y", "U"), ("Y", "N", "U")): "update",
    }
    changes = []
    for record_id in sorted(by_id):
        rows = by_id[record_id]
        kind = shapes.get(tuple(sorted((before, after, operation) for (before, after), (operation, _) in rows.items())))
        if kind is None:
            verdict.add("changed", "%s: record_id %d has flags %s (I4)" % (table.name, record_id, sorted(rows)))
            continue
        before = rows.get(("Y", "N"), (None, None))[1]
        after = rows.get(("N", "Y"), (None, None))[1]
        changes.append((record_id, kind, before, after))
    return changes


def check_log(table, verdict):
    """Answers the record_ids by place in the journal's changes of this table, or None where they do not agree."""
    expected = [change for change in table.changes if change[1] > table.snapshot]
    wanted = [(kind, table.logged(before), table.logged(after)) for _, _, kind, before, after in expected]
    found = pair_up(table, verdict)
    seen = [change[1:] for change in found]
    stamps = [row[4] for row in table.log]
    if stamps != sorted(stamps):
        verdict.add("changed", "%s: utc_timestamp falls while record_id rises" % table.name)
    if seen == wanted:
        return [(place, record_id) for (place, *_), (record_id, *_) in zip(expected, found)]
    missing, extra = Counter(wanted) - Counter(seen), Counter(seen) - Counter(wanted)
    if not missing and not extra:
        first = next(index for index, (one, other) in enumerate(zip(seen, wanted)) if one != other)
        verdict.add("changed", "%s: changes are in another order from change %d on (I5)" % (table.name, first))
    explain(table, missing, extra, Counter(wanted), verdict)
    return None


def explain(table, missing, extra, wanted, verdict):
    place = lambda change: (change[0], short_key(table, change))
    open_losses = {}
    for change, times in missing.items():
        open_losses[place(change)] = open_losses.get(place(change), 0) + times
    for change, times in extra.items():
        if change in wanted:
            verdict.add("duplicated", "%s: %s %s is %d times too often (I2)" % (table.name, *place(change), times), times)
            continue
        altered = min(times, open_losses.get(place(change), 0))
        open_losses[place(change)] = open_losses.get(place(change), 0) - altered
        verdict.add("changed", "%s: %s %s has other values" % (table.name, *place(change)), altered)
        verdict.add("ghosts", "%s: %s %s never happened (I3)" % (table.name, *place(change)), times - altered)
    for where, times in open_losses.items():
        verdict.add("lost", "%s: %s %s is missing (I1)" % (table.name, *where), times)


def short_key(table, change):
    row = change[1] or change[2]
    return tuple(row[table.columns.index(name)] for name in table.key)


def merged(table, up_to):
    """The published rule: per key the newest row by (record_id, after_flag), if its after_flag is Y."""
    newest = {}
    for row in table.base:
        newest[table.key_of(row)] = (0, "Y", tuple(row[name] for name in table.columns))
    for record_id, _, _, after, _, row in table.log:
        if record_id > up_to:
            break
        key = tuple(row[table.columns.index(name)] for name in table.key)
        if key not in newest or (record_id, after) > newest[key][:2]:
            newest[key] = (record_id, after, row)
    return {key: (row, record_id > 0) for key, (record_id, after, row) in newest.items() if after == "Y"}


def check_boundary(tables, ids, index, commit, total, verdict):
    what = "after commit %d" % index
    for table in tables:
        if commit < table.snapshot or ids[table.name] is None:
            continue
        up_to = max([record_id for place, record_id in ids[table.name] if place < index], default=0)
        found = merged(table, up_to)
        compare_states(table, state(table, lambda place, _: place >= index, what), found, verdict, what)
        if table.name.endswith(".ACCOUNT"):
            check_total(table, found, total, verdict, what)


def check_total(table, found, total, verdict, what):
    column = table.columns.index("BALANCE")
    held = sum((Decimal(row[column]) for row, _ in found.values()), Decimal(0))
    if held != total:
        verdict.add("changed", "%s %s: the bank holds %s, not %s (I7)" % (table.name, what, held, total))


def check_lists(table, verdict):
    """I8: the values of a key, in order of record_id, are each the beginning of the next."""
    value, key = table.columns.index("V"), table.columns.index("K")
    last = {row["K"]: row["V"] for row in table.base}
    for record_id, _, _, after, _, row in table.log:
        if after != "Y":
            continue
        before = last.get(row[key])
        if before is not None and not (row[value] or "").startswith(before):
            verdict.add("changed", "%s: list %s does not go on at record_id %d (I8)" % (table.name, row[key], record_id))
        last[row[key]] = row[value]


def check_order(tables, ids, verdict):
    """I5 over all tables: a later commit has higher record_ids everywhere."""
    spans = {}
    for table in tables:
        for place, record_id in ids[table.name] or []:
            low, high = spans.get(place, (record_id, record_id))
            spans[place] = (min(low, record_id), max(high, record_id))
    highest = 0
    for place in sorted(spans):
        low, high = spans[place]
        if low <= highest:
            verdict.add("changed", "record_id %d of commit %d is not above those before it (I5)" % (low, place + 1))
        highest = max(highest, high)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        told = json.load(file)
    verdict = Verdict()
    tables = [Table(table) for table in told["tables"]]
    by_name = {table.name: table for table in tables}
    entries = read_journal(told["control"])
    for index, entry in enumerate(entries):
        if entry["number"] != index + 1:
            raise AssertionError("the journal has no transaction %d" % (index + 1))
        for change in entry["changes"]:
            table = by_name.get(change["table"])
            if table is not None:
                images = table.image(change["before"]), table.image(change["after"])
                table.changes.append((index, int(entry["commitScn"]), change["kind"], *images))
    warehouse = Warehouse(told)
    present = []
    for table in tables:
        if table.base_name is None or table.log_name is None:
            verdict.add("lost", "%s: the task does not synchronize it" % table.name, max(1, len(table.changes)))
        else:
            read_destination(warehouse, table)
            present.append(table)
    ids = {table.name: check_log(table, verdict) for table in present}
    for table in present:
        check_base(table, verdict)
        if table.name.endswith(".LISTS"):
            check_lists(table, verdict)
    check_order(present, ids, verdict)
    total = Decimal(told["total"])
    chance = random.Random(told["seed"])
    first = max([0] + [index for index, entry in enumerate(entries) if int(entry["commitScn"]) <= min(t.snapshot for t in present)]) if present else 0
    places = sorted(chance.sample(range(first + 1, len(entries)), min(told["boundaries"], max(0, len(entries) - first - 1))))
    for index in places + [len(entries)]:
        check_boundary(present, ids, index, int(entries[index - 1]["commitScn"]), total, verdict)
    for table in present:
        if ids[table.name] is None:  # at least the end is judged where record_ids tell no commits apart
            found = merged(table, sys.maxsize)
            truth = state(table, lambda *_: False, "at the end")
            compare_states(table, truth, found, verdict, "at the end")
    print(json.dumps({
        **verdict.counts,
        "texts": verdict.texts,
        "transactions": len(entries),
        "logRows": sum(len(table.log) for table in tables),
        "baseRows": sum(len(table.base) for table in tables),
        "boundaries": len(places) + 1,
    }, ensure_ascii=False))


if __name__ == "__main__":
    main()
