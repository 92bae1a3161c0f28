import type { Account, ObjectGrant } from './accounts.ts';
import type { ViewDefinition } from './dictionary-views.ts';
import type { NamedValues } from './view-columns.ts';

/** What a session may do, told to itself. Source: Oracle Database Reference. */
function grantRow(account: Account, { owner, name, privilege }: ObjectGrant): NamedValues {
  return {
    GRANTEE: account.name,
    TABLE_NAME: owner === 'SYS' ? name.replace(/^(G?V)\$/, '$1_$$') : name,
    GRANTOR: owner,
    PRIVILEGE: privilege,
    GRANTABLE: 'NO',
    HIERARCHY: 'NO',
    COMMON: 'NO',
    TYPE: privilege === 'EXECUTE' ? 'PACKAGE' : owner === 'SYS' ? 'VIEW' : 'TABLE',
  };
}

const GRANT_COLUMNS = 'TABLE_NAME:V128 PRIVILEGE:V40 GRANTABLE:V3 HIERARCHY:V3 COMMON:V3 TYPE:V24';

export const privilegeViews: readonly ViewDefinition[] = [
  {
    name: 'SESSION_PRIVS',
    columns: 'PRIVILEGE:V40',
    rows: (_instance, { account }) => account.systemPrivileges.map((privilege) => ({ PRIVILEGE: privilege })),
  },
  {
    name: 'SESSION_ROLES',
    columns: 'ROLE:V128',
    rows: (_instance, { account }) => account.roles.map((role) => ({ ROLE: role })),
  },
  {
    name: 'USER_TAB_PRIVS',
    columns: `GRANTEE:V128 OWNER:V128 GRANTOR:V128 ${GRANT_COLUMNS}`,
    rows: (_instance, { account }) =>
      account.objectGrants.map((grant) => ({ ...grantRow(account, grant), OWNER: grant.owner })),
  },
  {
    name: 'ALL_TAB_PRIVS',
    columns: `GRANTOR:V128 GRANTEE:V128 TABLE_SCHEMA:V128 ${GRANT_COLUMNS}`,
    rows: (_instance, { account }) =>
      account.objectGrants.map((grant) => ({ ...grantRow(account, grant), TABLE_SCHEMA: grant.owner })),
  },
];
