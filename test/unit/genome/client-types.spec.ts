import { lintFromString, loadConfig } from '@redocly/openapi-core';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { clientTypes } from '../../../src/actors/genome/client-types.ts';
import { receptorSet } from '../../../src/actors/genome/receptor-set.ts';
import { loadGenome } from '../../../src/actors/genome.ts';
import { openApi } from '../../../src/receptors/openapi.ts';

const EXAMPLES = ['ticket-desk', 'job-queue', 'chat-room', 'sensor-grid', 'crono-tree'];

const setOf = async (name: string) =>
  receptorSet(await loadGenome(new URL(`../../../examples/genomes/${name}.genome.yaml`, import.meta.url).pathname));

/** What the compiler says of a module beside `peertree/client` as it is, and what uses it. */
function complaints(module: string, use: string): string[] {
  const files: Record<string, string> = { '/generated.ts': module, '/use.ts': use };
  const options: ts.CompilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    allowImportingTsExtensions: true,
    skipLibCheck: true,
    noLib: true,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const text = (name: string): string | undefined => files[name];
  host.fileExists = (name) => text(name) !== undefined;
  host.readFile = text;
  host.getSourceFile = (name, version) => {
    const source = text(name);
    return source === undefined ? undefined : ts.createSourceFile(name, source, version);
  };
  files['/client.ts'] = CLIENT;
  host.resolveModuleNameLiterals = (literals) =>
    literals.map(({ text: name }) => ({
      resolvedModule: {
        resolvedFileName: name === 'peertree/client' ? '/client.ts' : '/generated.ts',
        extension: '.ts',
      },
    }));
  const program = ts.createProgram(['/generated.ts', '/use.ts'], options, host);
  return ['/generated.ts', '/use.ts'].flatMap((file) => {
    const source = program.getSourceFile(file);
    if (source === undefined) return [`${file} is missing`];
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    return found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
  });
}

/** What the generated module needs of the client and of the language, so that no library has to be read. */
const CLIENT = `
declare global {
  interface Array<T> { readonly length: number; }
  interface ReadonlyArray<T> { readonly [index: number]: T; }
  interface Boolean {} interface CallableFunction {} interface Function {} interface IArguments {}
  interface NewableFunction {} interface Number {} interface Object {} interface RegExp {} interface String {}
  interface AbortSignal { readonly aborted: boolean; }
  interface AsyncIterable<T> { readonly of?: T; }
  interface Promise<T> { readonly value?: T; }
  type Record<K extends string, T> = { [P in K]: T };
}
interface ReceptorRoute { readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE'; readonly path: string; }
export interface ReceptorOptions { readonly signal?: AbortSignal; readonly idempotencyKey?: string; }
export interface ReceptorEvent<T> { readonly event: string; readonly data: T; }
export interface Client { readonly receptors: {
  call<T>(route: ReceptorRoute, fields: object, options?: ReceptorOptions): Promise<T>;
  listen<T>(route: ReceptorRoute, fields: object, options?: { readonly signal?: AbortSignal }): AsyncIterable<ReceptorEvent<T>>;
} }
`;

describe('the typed client', () => {
  it.each(EXAMPLES)('of %s is a module that compiles', async (name) => {
    expect(complaints(clientTypes(await setOf(name)), '')).toEqual([]);
  });

  it('refuses fields that the receptor does not take, and knows those of the answer', async () => {
    const module = clientTypes(await setOf('ticket-desk'));
    const use = (call: string) =>
      complaints(module, `import type { TicketDesk } from './generated.ts'; declare const desk: TicketDesk; ${call}`);
    expect(
      use("const p = desk.voteTicket({ id: 't1', by: 2 }); const n: number | undefined = p.value?.votes; n;"),
    ).toEqual([]);
    expect(use("desk.voteTicket({ id: 't1', bye: 2 });")).toHaveLength(1);
    expect(use('desk.showTicket({});')).toHaveLength(1);
    expect(
      use("const p = desk.showTicket({ id: 't1' }); const n: number | undefined = p.value?.state; n;"),
    ).toHaveLength(1);
  });
});

describe('the OpenAPI document', () => {
  it('of all examples passes the linter', async () => {
    const document = openApi(await Promise.all(EXAMPLES.map(setOf)));
    const config = await loadConfig({ customExtends: ['recommended'] });
    const problems = await lintFromString({ source: JSON.stringify(document), absoluteRef: 'openapi.json', config });
    expect(problems.map(({ message, location }) => `${message} ${location[0]?.pointer}`)).toEqual([]);
  });

  it('says who may ask, what with, and what comes back', async () => {
    const { paths } = openApi([await setOf('ticket-desk')]) as { paths: Record<string, Record<string, object>> };
    expect(paths['/tickets/{id}/votes']?.post).toMatchObject({
      operationId: 'ticketDesk.voteTicket',
      security: [{ passport: [] }],
      requestBody: {
        content: { 'application/json': { schema: { properties: { by: { minimum: 1, maximum: 5, default: 1 } } } } },
      },
      responses: {
        200: { content: { 'application/json': { schema: { properties: { votes: { type: 'integer' } } } } } },
      },
    });
  });
});
