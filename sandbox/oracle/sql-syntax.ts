import type { SqlType, SqlValue } from './engine.ts';

/** What a value can be inside an expression. */
export type ValueType = SqlType;

/** The type of a column as it was declared. Sizes in the unit that `lengthUnit` names. */
export interface DeclaredType {
  readonly type: SqlType;
  /** NUMBER(p,s); TIMESTAMP(n) keeps n in `scale`; an INTERVAL keeps the digits of its leading field and of its fraction. */
  readonly precision?: number;
  readonly scale?: number;
  /** FLOAT(p) is a NUMBER of p binary digits. */
  readonly binaryDigits?: number;
  /** National types: in UTF-16 units, of two bytes each. */
  readonly length?: number;
  readonly lengthUnit?: 'BYTE' | 'CHAR';
}

export type Expression =
  | {
      readonly kind: 'literal';
      readonly type: ValueType;
      readonly value: SqlValue;
      readonly precision?: number;
      readonly scale?: number;
    }
  | { readonly kind: 'bind'; readonly index: number; readonly name: string }
  | { readonly kind: 'column'; readonly path: readonly string[]; readonly position: number }
  | { readonly kind: 'negate'; readonly operand: Expression }
  | {
      readonly kind: 'arithmetic';
      readonly operator: '+' | '-' | '*' | '/';
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: 'concatenate'; readonly left: Expression; readonly right: Expression }
  | CallExpression
  | { readonly kind: 'cast'; readonly operand: Expression; readonly declared: DeclaredType }
  | { readonly kind: 'case'; readonly branches: readonly CaseBranch[]; readonly otherwise: Expression };

export interface CallExpression {
  readonly kind: 'call';
  /** Upper case, with its package: `DBMS_ROWID.ROWID_CREATE`. */
  readonly name: string;
  readonly arguments: readonly Expression[];
  readonly distinct: boolean;
  /** COUNT(*). */
  readonly star: boolean;
  readonly position: number;
}

export interface CaseBranch {
  readonly when: Condition;
  readonly then: Expression;
}

export type ComparisonOperator = '=' | '<>' | '<' | '<=' | '>' | '>=';

export type Condition =
  | {
      readonly kind: 'compare';
      readonly operator: ComparisonOperator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: 'in'; readonly operand: Expression; readonly list: readonly Expression[] }
  | { readonly kind: 'like'; readonly operand: Expression; readonly pattern: Expression; readonly escape?: Expression }
  | { readonly kind: 'null'; readonly operand: Expression }
  | { readonly kind: 'and' | 'or'; readonly left: Condition; readonly right: Condition }
  | { readonly kind: 'not'; readonly operand: Condition };

export interface TableName {
  readonly schema?: string;
  readonly name: string;
}

export type FromItem = { readonly alias?: string } & (
  | { readonly kind: 'table'; readonly table: TableName; readonly asOf?: Expression; readonly position: number }
  | { readonly kind: 'query'; readonly query: Query }
);

export interface JoinedItem {
  readonly item: FromItem;
  readonly join: 'inner' | 'left';
  readonly on?: Condition;
}

export type SelectItem =
  | { readonly kind: 'star'; readonly qualifier?: string }
  | { readonly kind: 'expression'; readonly expression: Expression; readonly name: string; readonly aliased: boolean };

export interface OrderKey {
  readonly expression: Expression;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

export interface Query {
  readonly distinct: boolean;
  readonly items: readonly SelectItem[];
  readonly from: readonly JoinedItem[];
  readonly where: Condition | undefined;
  readonly connectBy: Condition | undefined;
  readonly groupBy: readonly Expression[];
  readonly orderBy: readonly OrderKey[];
  readonly limit: Expression | undefined;
}

export interface ColumnDefinition {
  readonly name: string;
  readonly declared: DeclaredType;
  readonly nullable: boolean;
  readonly fallback?: Expression;
  /** DEFAULT as it was written. */
  readonly fallbackText?: string;
}

export interface ConstraintDefinition {
  readonly name?: string;
  readonly kind: 'primary' | 'unique' | 'notNull' | 'check' | 'index';
  readonly columns: readonly string[];
  /** CHECK, whose columns are those that it names. */
  readonly condition?: Condition;
}

/** ORGANIZATION INDEX [INCLUDING column] [OVERFLOW]. */
export interface IndexOrganizationClause {
  readonly including?: string;
  readonly overflow: boolean;
}

export interface PartitioningClause {
  readonly kind: 'RANGE' | 'LIST' | 'HASH';
  readonly columns: readonly string[];
  readonly partitions: readonly PartitionDefinition[];
  readonly subpartitions?: { readonly columns: readonly string[]; readonly count: number };
  readonly rowMovement: boolean;
}

export interface PartitionDefinition {
  readonly name?: string;
  readonly bound: BoundDefinition;
}

/** `text` is the inside of the parentheses; an undefined value of a range is MAXVALUE. */
export type BoundDefinition =
  | { readonly kind: 'less than'; readonly values: readonly (Expression | undefined)[]; readonly text: string }
  | {
      readonly kind: 'values';
      readonly rows: readonly (readonly Expression[])[];
      /** VALUES (DEFAULT). */
      readonly takesOthers: boolean;
      readonly text: string;
    }
  | { readonly kind: 'none' };

/** MODIFY of one column: what is absent stays. */
export interface ColumnModification {
  readonly name: string;
  readonly declared?: DeclaredType;
  readonly fallback?: { readonly expression: Expression; readonly text: string };
  readonly nullable?: boolean;
}

/** What names a constraint that is dropped. */
export type ConstraintReference =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'primary' }
  | { readonly kind: 'unique'; readonly columns: readonly string[] };

/** ALTER TABLE, TRUNCATE TABLE and RENAME: DDL of one table that exists. */
export type TableChange = { readonly table: TableName } & (
  | {
      readonly kind: 'add columns';
      readonly columns: readonly ColumnDefinition[];
      readonly constraints: readonly ConstraintDefinition[];
    }
  | { readonly kind: 'modify columns'; readonly modifications: readonly ColumnModification[] }
  | {
      /** `unused`: SET UNUSED; no names: DROP UNUSED COLUMNS. */
      readonly kind: 'drop columns';
      readonly names: readonly string[];
      readonly unused: boolean;
      readonly cascade: boolean;
    }
  | { readonly kind: 'rename column'; readonly from: string; readonly to: string }
  | { readonly kind: 'rename table'; readonly to: string }
  | { readonly kind: 'truncate table' }
  | { readonly kind: 'truncate partition' | 'drop partition'; readonly partition: string }
  | { readonly kind: 'exchange partition'; readonly partition: string; readonly other: TableName }
  | { readonly kind: 'move table' }
  | { readonly kind: 'add constraints'; readonly constraints: readonly ConstraintDefinition[] }
  | { readonly kind: 'drop constraint'; readonly reference: ConstraintReference; readonly cascade: boolean }
  | {
      readonly kind: 'create index';
      readonly index: TableName;
      readonly unique: boolean;
      readonly columns: readonly string[];
    }
  | { readonly kind: 'comment'; readonly column?: string }
);

/** DDL of something else than a table that exists. */
export type Definition =
  | { readonly kind: 'drop index'; readonly index: TableName }
  | { readonly kind: 'flashback drop'; readonly table: TableName; readonly to?: string }
  /** Without a table: PURGE RECYCLEBIN. */
  | { readonly kind: 'purge'; readonly table?: TableName }
  | {
      readonly kind: 'grant' | 'revoke';
      readonly privileges: readonly string[];
      readonly object?: TableName;
      readonly users: readonly string[];
    };

export interface Assignment {
  readonly column: string;
  readonly position: number;
  readonly value: Expression;
}

/** One `DBMS_LOGMNR.…` call of a PL/SQL block; parameter names upper case, undefined for positional notation. */
export interface ProcedureCall {
  readonly name: string;
  readonly arguments: readonly { readonly parameter?: string; readonly value: Expression }[];
}

export type Statement =
  | { readonly kind: 'select'; readonly query: Query }
  | {
      readonly kind: 'insert';
      readonly table: TableName;
      readonly position: number;
      readonly columns?: readonly string[];
      readonly source:
        | { readonly kind: 'values'; readonly values: readonly Expression[] }
        | { readonly kind: 'query'; readonly query: Query };
    }
  | {
      readonly kind: 'update';
      readonly target: FromItem & { readonly kind: 'table' };
      readonly assignments: readonly Assignment[];
      readonly where?: Condition;
    }
  | { readonly kind: 'delete'; readonly target: FromItem & { readonly kind: 'table' }; readonly where?: Condition }
  | {
      readonly kind: 'create table';
      readonly table: TableName;
      readonly columns: readonly ColumnDefinition[];
      readonly constraints: readonly ConstraintDefinition[];
      readonly partitioning?: PartitioningClause;
      readonly organization?: IndexOrganizationClause;
    }
  | { readonly kind: 'add partition'; readonly table: TableName; readonly partition: PartitionDefinition }
  | { readonly kind: 'drop table'; readonly table: TableName; readonly purge: boolean }
  | TableChange
  | Definition
  | { readonly kind: 'table logging'; readonly table: TableName; readonly add: boolean }
  | { readonly kind: 'database logging'; readonly add: boolean; readonly scope: 'minimal' | 'all' }
  | { readonly kind: 'switch log' }
  | { readonly kind: 'alter session'; readonly settings: readonly (readonly [name: string, value: string])[] }
  | { readonly kind: 'savepoint'; readonly name: string }
  | { readonly kind: 'rollback'; readonly savepoint?: string }
  | { readonly kind: 'commit' }
  | { readonly kind: 'block'; readonly calls: readonly ProcedureCall[] };

export interface ParsedStatement {
  readonly statement: Statement;
  /** Binds that an execution needs: occurrences in SQL, distinct names in PL/SQL. */
  readonly bindCount: number;
  readonly text: string;
}
