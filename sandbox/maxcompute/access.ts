import { ServiceError } from './answers.ts';
import { SqlError } from './sql-tokens.ts';

/** What may be done to a table (documented, "MaxCompute permissions"). */
export type TableAction = 'Describe' | 'Select' | 'Update' | 'Alter' | 'Drop';

/** Rights on tables that the only account does not have; it has all until a test takes one away. */
export class Access {
  private readonly denied = new Set<string>();
  private readonly project: string;

  constructor(project: string) {
    this.project = project;
  }

  deny(table: string, action: TableAction): void {
    this.denied.add(`${action} ${table.toLowerCase()}`);
  }

  allowAll(): void {
    this.denied.clear();
  }

  /** @throws ServiceError 403: the form is documented for ODPS-0420095, that the Tunnel calls it NoPermission is assumed. */
  check(table: string, action: TableAction, code: 'ODPS-0420095' | 'NoPermission'): void {
    if (this.isDenied(table, action))
      throw new ServiceError(403, code, `ODPS-0420095: Access Denied - ${this.sentence(table, action)}`);
  }

  /** @throws SqlError ODPS-0130013: the code is documented, its text is assumed. */
  checkStatement(table: string, action: TableAction): void {
    if (this.isDenied(table, action)) throw new SqlError('ODPS-0130013', this.sentence(table, action));
  }

  private isDenied(table: string, action: TableAction): boolean {
    return this.denied.has(`${action} ${table.toLowerCase()}`);
  }

  private sentence(table: string, action: TableAction): string {
    return `You have NO privilege 'odps:${action}' on {acs:odps:*:projects/${this.project}/tables/${table}}`;
  }
}
