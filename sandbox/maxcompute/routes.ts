import type { IncomingHttpHeaders } from 'node:http';
import { type Answer, type Plane, ServiceError } from './answers.ts';
import { Access, type TableAction } from './access.ts';
import { DownloadSessions } from './download-sessions.ts';
import type { Clock } from './clock.ts';
import { damagedBody } from './damaged-body.ts';
import { Faults } from './faults.ts';
import { Instances } from './instances.ts';
import { Limits } from './limits.ts';
import { partitionAnswer, partitionsAnswer, projectAnswer, tableAnswer, tablesAnswer } from './metadata-answers.ts';
import type { Table } from './table.ts';
import { Tables } from './tables.ts';
import { UploadSessions } from './upload-sessions.ts';
import type { Warehouse } from './warehouse.ts';

export interface ServiceRequest {
  readonly plane: Plane;
  readonly method: string;
  /** Decoded, without `/api`. */
  readonly resource: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Place {
  readonly project: string;
  /** `host:port`, the answer of the tunnel discovery and the start of a Location. */
  readonly address: string;
}

const missing = (what: string): ServiceError => new ServiceError(404, 'NoSuchObject', `${what} does not exist.`);

/** Every route of the service; what stands in no table of the folder's README is a 404 or a 400. */
export class Routes {
  readonly faults = new Faults();
  readonly limits: Limits;
  readonly access: Access;
  readonly uploads: UploadSessions;
  readonly downloads: DownloadSessions;
  private readonly tables: Tables;
  private readonly instances: Instances;
  private readonly place: Place;

  constructor(place: Place, warehouse: Warehouse, clock: Clock) {
    this.place = place;
    this.limits = new Limits(clock);
    this.access = new Access(place.project);
    this.tables = new Tables({ project: place.project, access: this.access, limits: this.limits }, warehouse, clock);
    this.uploads = new UploadSessions(this.tables, warehouse, clock);
    this.downloads = new DownloadSessions(warehouse, clock);
    this.instances = new Instances(this.tables, warehouse, clock);
  }

  async answer(request: ServiceRequest): Promise<Answer> {
    this.limits.count('requestsPerSecond', '');
    const [projects, project, ...rest] = request.resource.split('/').slice(1);
    if (projects !== 'projects' || project === undefined) throw missing(request.resource);
    if (project !== this.place.project) {
      throw new ServiceError(404, 'NoSuchProject', `The project ${project.slice(0, 64)} does not exist.`);
    }
    const path = rest[0] === 'schemas' && rest[1] === 'default' ? rest.slice(2) : rest;
    return await (request.plane === 'rest' ? this.rest(request, path) : this.tunnel(request, path));
  }

  private async rest(request: ServiceRequest, path: readonly string[]): Promise<Answer> {
    const { method, parameters } = request;
    const [kind, name, ...more] = path;
    const get = method === 'GET' && more.length === 0;
    if (get && kind === undefined) return projectAnswer(this.place.project);
    if (get && kind === 'tunnel' && parameters.has('service')) {
      return { status: 200, headers: { 'Content-Type': 'text/plain' }, body: this.place.address };
    }
    if (get && kind === 'tables') return await this.faults.around('metadata', () => this.metadata(name, parameters));
    if (kind === 'instances' && more.length === 0) return await this.instance(request, name);
    throw missing(request.resource);
  }

  private async metadata(name: string | undefined, parameters: ReadonlyMap<string, string>): Promise<Answer> {
    if (name === undefined) return tablesAnswer(this.tables, this.place.project, parameters);
    const table = this.tables.get(name);
    if (table === undefined) throw missing(`The table ${this.place.project}.${name}`);
    this.access.check(table.name, 'Describe', 'ODPS-0420095');
    if (parameters.has('partitions')) return partitionsAnswer(table, parameters);
    const partition = parameters.get('partition');
    if (partition !== undefined) return await partitionAnswer(this.tables, table, partition);
    return await tableAnswer(this.tables, table, this.place.project);
  }

  private async instance(request: ServiceRequest, id: string | undefined): Promise<Answer> {
    if (id !== undefined && request.method === 'GET') {
      return await this.faults.around('poll', () => this.instances.answer(id, request.parameters));
    }
    if (request.method === 'GET')
      return await this.faults.around('poll', async () => this.instances.list(request.parameters));
    if (id !== undefined || request.method !== 'POST') throw missing(request.resource);
    return await this.faults.around('sql', async (answerIsLost) => {
      const made = this.instances.submit(request.body.toString('utf8'));
      // A statement whose answer gets lost has run all the same, so that "after" means what it says.
      if (answerIsLost) await this.instances.finished(made);
      const location = `http://${this.place.address}/api/projects/${this.place.project}/instances/${made}`;
      return { status: 201, headers: { Location: location }, body: '' };
    });
  }

  private async tunnel(request: ServiceRequest, path: readonly string[]): Promise<Answer> {
    const [kind, name, ...more] = path;
    if (name === undefined || more.length > 0) throw missing(request.resource);
    if (kind === 'instances') return await this.faults.around('download', () => this.instanceTunnel(request, name));
    if (kind !== 'tables') throw missing(request.resource);
    const table = this.tables.get(name);
    if (table === undefined) {
      throw new ServiceError(
        404,
        'NoSuchTable',
        `The table ${this.place.project}.${name.slice(0, 128)} does not exist.`,
      );
    }
    const { parameters } = request;
    const downloads = parameters.has('downloads') || parameters.has('downloadid');
    const action: TableAction = downloads ? 'Select' : 'Update';
    this.access.check(table.name, action, 'NoPermission');
    if (downloads) {
      return await this.faults.around('download', () => this.download(request, table));
    }
    return await this.upload(request, table);
  }

  private async instanceTunnel(request: ServiceRequest, id: string): Promise<Answer> {
    const { method, parameters, headers } = request;
    if (method === 'POST' && parameters.has('downloads')) {
      await this.instances.finished(id);
      return this.downloads.openInstance(id, this.instances.rows(id));
    }
    if (method === 'GET' && parameters.has('downloadid')) {
      return await this.downloads.readInstance(id, parameters, headers['accept-encoding'] ?? '');
    }
    throw new ServiceError(400, 'InvalidArgument', 'An instance has downloads only.');
  }

  private async download(request: ServiceRequest, table: Table): Promise<Answer> {
    const { method, parameters, headers } = request;
    if (method === 'POST' && parameters.has('downloads')) {
      this.limits.count('downloadsPerFiveMinutes', table.id);
      return await this.downloads.openTable(table, parameters);
    }
    if (method === 'GET' && parameters.has('downloadid')) {
      return await this.downloads.readTable(table, parameters, headers['accept-encoding'] ?? '');
    }
    throw new ServiceError(400, 'InvalidArgument', 'Unknown request on a download session.');
  }

  private async upload(request: ServiceRequest, table: Table): Promise<Answer> {
    const { method, parameters, body, headers } = request;
    const named = parameters.has('uploadid');
    if (method === 'POST' && parameters.has('uploads')) {
      return await this.faults.around('create', () => Promise.resolve(this.openUpload(table, parameters)));
    }
    if (method === 'GET' && named) {
      return await this.faults.around('status', () => Promise.resolve(this.uploads.read(table, parameters)));
    }
    if (method === 'PUT' && named) {
      const encoding = headers['content-encoding'] ?? '';
      return await this.faults.around('block', (_lost, damage) => {
        this.limits.count('blocksPerFiveMinutes', table.id);
        return this.uploads.writeBlock(table, parameters, damagedBody(body, encoding, damage), encoding);
      });
    }
    if (method === 'POST' && named) return await this.commit(table, parameters);
    throw new ServiceError(400, 'InvalidArgument', 'Unknown request on a table.');
  }

  private openUpload(table: Table, parameters: ReadonlyMap<string, string>): Answer {
    this.limits.count('sessionsPerFiveMinutes', table.id);
    this.limits.checkOpenSessions(this.uploads.openCount);
    return this.uploads.create(table, parameters);
  }

  private async commit(table: Table, parameters: ReadonlyMap<string, string>): Promise<Answer> {
    this.uploads.commitRequested(parameters.get('uploadid') ?? '');
    return await this.faults.around('commit', () => {
      this.limits.count('commitsPerFifteenSeconds', table.id);
      return this.uploads.commit(table, parameters, this.faults.commitPersonality);
    });
  }
}
