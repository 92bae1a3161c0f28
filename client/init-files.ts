/** What `redoflow init` writes: two commented examples, and the schemas by which an editor completes and checks them. */
import { z } from 'zod';
import { connectionsSchema } from '../model/connections.ts';
import { taskSpecSchema } from '../model/task-spec.ts';

const TASK_SCHEMA = '.redoflow/task.schema.json';
const CONNECTIONS_SCHEMA = '.redoflow/connections.schema.json';

const task = `# yaml-language-server: $schema=${TASK_SCHEMA}
# A task: which Oracle tables are kept in step with which MaxCompute tables, and how.
# Only name, source, destination and tables must be written; the other lines show the defaults.
# In a clone, write \`npm run -s redoflow --\` for redoflow:
#   redoflow check task.yaml    every error of this file, then the worker's precheck
#   redoflow plan task.yaml     what becomes of every table and column
#   redoflow grants task.yaml   what an administrator has to run in Oracle
#   redoflow start task.yaml    the precheck again, then the work

name: hr-to-warehouse # the workflow is redoflow/hr-to-warehouse
# title: HR to the warehouse # free text; default: the name
# environment: production # a free tag

source: hr # names of connections in connections.yaml
destination: warehouse
taskQueue: redoflow # the workers that do it

synchronize: [schema, full, incremental] # [schema, full] = copy once

tables: # becomes staff_base (the copy) and staff_log (every change since)
  - table: HR.EMPLOYEES # OWNER.TABLE; quoted Oracle names: 'HR."Mixed Case"'
    as: staff # its name before _base and _log; default: the name in Oracle
    # columns: # by their names in Oracle
    #   exclude: [PHOTO] # left out; never a column of the key
    #   rename: { EMP_NM: name }
    #   as: { BONUS: string } # another MaxCompute type than the usual one
    # values: { overflow: 'null' } # for this table only; see below
  # - table: HR.* # a pattern: * any characters, ? one; an exact entry beats it
  #   except: [HR.TMP_*, HR.AUDIT_LOG]

naming:
  additionalColumns: plain # record_id, operation_flag … | prefixed: new_dts_sync_record_id …
  case: default # default (= lower) | source | upper | lower
  # tables: { prefix: hr_ } # of names without \`as\`: prefix, suffix, or { match: '^T_(.*)$', replace: 'hr_$1' }

values: # what becomes of a value that its MaxCompute column cannot hold, and of LOBs
  overflow: fail # the task stops and names the column | 'null': NULL is written and counted
  lobInLog: exclude # LOBs are NULL in _log | reread: as of the commit, read by key | mark: only that they changed

full:
  parallelChunks: 4 # chunks of a table that are copied at the same time
  chunkMegabytes: 256 # size of a chunk in Oracle

incremental:
  partition: [year, month, day] # of staff_log, from the time of the change (UTC); [] = unpartitioned
  flushSeconds: 5 # changes become visible after so many seconds, rows or megabytes
  flushRows: 50000
  flushMegabytes: 32

retry: # how long a fault is tried again before the task waits for \`redoflow recover\`
  failedConnectionsMinutes: 720 # a side does not answer
  otherIssuesMinutes: 10 # anything else
`;

const connections = `# yaml-language-server: $schema=${CONNECTIONS_SCHEMA}
# Registered connections, read by workers only: REDOFLOW_CONNECTIONS is the path of this file (default ./connections.yaml).
# Secrets are named, never written: { env: NAME } is an environment variable of the worker, { file: PATH } a file on its machine.

connections:
  hr:
    type: oracle
    host: oracle.example.com # or a list of hosts that serve the same database
    port: 1521
    service: ORCL # or sid: ORCL
    user: redoflow
    password: { env: HR_PASSWORD }

  warehouse:
    type: maxcompute
    endpoint: https://service.cn-shanghai.maxcompute.aliyun.com/api
    # tunnelEndpoint: https://dt.cn-shanghai.maxcompute.aliyun.com # default: asked of the service
    project: warehouse
    accessKeyId: { env: ALIBABA_CLOUD_ACCESS_KEY_ID }
    accessKeySecret: { env: ALIBABA_CLOUD_ACCESS_KEY_SECRET }
    # stsToken: { file: /run/secrets/sts-token } # with a temporary AccessKey
`;

const printed = (schema: z.core.$ZodType): string =>
  `${JSON.stringify(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }), null, 2)}\n`;

/** Path below the directory → content. The schemas know every key and limit, not the rules between keys. */
export const initFiles = (): ReadonlyMap<string, string> =>
  new Map([
    ['task.yaml', task],
    ['connections.yaml', connections],
    [TASK_SCHEMA, printed(taskSpecSchema)],
    [CONNECTIONS_SCHEMA, printed(connectionsSchema)],
  ]);
