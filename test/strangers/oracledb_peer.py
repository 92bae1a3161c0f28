"""python-oracledb in thin mode, unmodified, as a client of the Oracle stand-in.

Usage: oracledb_peer.py CONNECT_STRING USER PASSWORD
Prints the dialogue, one JSON line per step: what was asked and what came back, every value as text. The same dialogue is
replayed with node-oracledb (oracledb.test.ts), so a step holds all that is needed to ask again. The bind value
{"remembered": name} stands for the single value that the step with that "remember" got; such values are not printed.
"""

import json
import sys
from decimal import Decimal

import oracledb

oracledb.defaults.fetch_decimals = True

STEPS = [
    {"do": "execute", "sql": "CREATE TABLE PY_ORDERS (ID NUMBER(10) PRIMARY KEY, NAME VARCHAR2(40), AMOUNT NUMBER, "
                             "PLACED TIMESTAMP(9), BYTES RAW(16))"},
    {"do": "execute", "sql": "INSERT INTO PY_ORDERS (ID, NAME) VALUES (:1, :2)", "binds": [1, "positional 中文é😀"]},
    {"do": "execute", "sql": "INSERT INTO PY_ORDERS (ID, NAME, AMOUNT) VALUES (:id, :name, :amount)",
     "binds": {"id": 2, "name": "named", "amount": "-12345678901234567890.123456789"}},
    {"do": "execute", "sql": "INSERT INTO PY_ORDERS (ID, NAME, AMOUNT, PLACED) VALUES (:1, :2, :3, "
                             "TO_TIMESTAMP(:4, 'YYYY-MM-DD HH24:MI:SS.FF9'))",
     "binds": [3, None, "0.000000001", "2024-02-29 12:34:56.123456789"]},
    {"do": "executemany", "sql": "INSERT INTO PY_ORDERS (ID, NAME, AMOUNT) VALUES (:1, :2, :3)",
     "binds": [[10, "ten", "10"], [11, None, "11.5"], [12, "", None], [13, "thirteen", "1300000"]]},
    {"do": "execute", "sql": "SELECT ID, NAME, AMOUNT, TO_CHAR(PLACED, 'YYYY-MM-DD HH24:MI:SS.FF9') AS PLACED "
                             "FROM PY_ORDERS ORDER BY ID"},
    {"do": "commit"},
    {"do": "execute", "sql": "SELECT TO_CHAR(CURRENT_SCN) AS SCN FROM V$DATABASE", "remember": "after insert"},

    {"do": "execute", "sql": "UPDATE PY_ORDERS SET NAME = :1 WHERE ID = :2", "binds": ["before savepoint", 1]},
    {"do": "execute", "sql": "SAVEPOINT HALFWAY"},
    {"do": "execute", "sql": "UPDATE PY_ORDERS SET NAME = :1 WHERE ID >= :2", "binds": ["after savepoint", 10]},
    {"do": "execute", "sql": "DELETE FROM PY_ORDERS WHERE ID = 2"},
    {"do": "execute", "sql": "SELECT COUNT(*) AS N FROM PY_ORDERS WHERE NAME = 'after savepoint'"},
    {"do": "execute", "sql": "ROLLBACK TO HALFWAY"},
    {"do": "execute", "sql": "SELECT ID, NAME FROM PY_ORDERS ORDER BY ID"},
    {"do": "commit"},

    {"do": "execute", "sql": "DELETE FROM PY_ORDERS WHERE ID > :1", "binds": [10]},
    {"do": "execute", "sql": "SELECT COUNT(*) AS N FROM PY_ORDERS"},
    {"do": "rollback"},
    {"do": "execute", "sql": "SELECT COUNT(*) AS N FROM PY_ORDERS"},

    {"do": "executemany", "sql": "DELETE FROM PY_ORDERS WHERE ID = :1", "binds": [[12], [13], [99]]},
    {"do": "executemany", "sql": "UPDATE PY_ORDERS SET AMOUNT = :1 WHERE ID = :2", "binds": [["1", 10], ["2", 11]]},
    {"do": "commit"},
    {"do": "execute", "sql": "SELECT ID, NAME, AMOUNT FROM PY_ORDERS ORDER BY ID"},
    {"do": "execute", "sql": "SELECT ID, NAME, AMOUNT FROM PY_ORDERS AS OF SCN :scn ORDER BY ID",
     "binds": {"scn": {"remembered": "after insert"}}},

    {"do": "execute", "sql": "INSERT INTO PY_ORDERS (ID) VALUES (1)"},
    {"do": "execute", "sql": "SELECT * FROM NO_SUCH_TABLE"},
    {"do": "execute", "sql": "SELECT NO_SUCH_COLUMN FROM PY_ORDERS"},
    {"do": "execute", "sql": "FROBNICATE THE DATABASE"},
    {"do": "execute", "sql": "INSERT INTO PY_ORDERS (ID, NAME) VALUES (:1, :2)", "binds": [20, "still connected"]},
    {"do": "commit"},
    {"do": "execute", "sql": "SELECT COUNT(*) AS N FROM PY_ORDERS"},
]


def show(value):
    if value is None:
        return None
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Decimal):
        text = format(value, "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    return str(value)


def bound(binds, remembered):
    if isinstance(binds, dict):
        if set(binds) == {"remembered"}:
            return remembered[binds["remembered"]]
        return {name: bound(value, remembered) for name, value in binds.items()}
    if isinstance(binds, list):
        return [bound(value, remembered) for value in binds]
    return binds


def ask(connection, step, remembered):
    if step["do"] in ("commit", "rollback"):
        getattr(connection, step["do"])()
        return {}
    with connection.cursor() as cursor:
        run = getattr(cursor, step["do"])
        if "binds" in step:
            run(step["sql"], bound(step["binds"], remembered))
        else:
            run(step["sql"])
        if cursor.description is None:
            return {"affected": cursor.rowcount}
        names = [column[0] for column in cursor.description]
        rows = [[show(value) for value in row] for row in cursor]
        if "remember" in step:
            remembered[step["remember"]] = rows[0][0]
            return {"names": names}
        return {"names": names, "rows": rows}


def main():
    connect_string, user, password = sys.argv[1:4]
    remembered = {}
    with oracledb.connect(user=user, password=password, dsn=connect_string) as connection:
        print(json.dumps({"step": {"do": "connect"}, "answer": {"major": int(connection.version.split(".")[0])}}))
        for step in STEPS:
            try:
                answer = ask(connection, step, remembered)
            except oracledb.DatabaseError as error:
                answer = {"error": error.args[0].full_code}
            print(json.dumps({"step": step, "answer": answer}, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
