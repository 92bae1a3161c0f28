import { describe, expect, test } from 'vitest';
import { unzipOne } from '../../../../sandbox/temporal/zip.ts';

/**
 * Made with Python 3.11.7's zipfile: a stored, a deflated and a bzip2 member, and an archive comment.
 * `ZipFile(…).writestr(ZipInfo(name, (2024, 1, 1, 0, 0, 0)), text, method)`, read back as base64.
 */
const ARCHIVE = Buffer.from(
  'UEsDBBQAAAAAAAAAIVj0y/HNCwAAAAsAAAAbAAAAZGVtby0xLjAuZGlzdC1pbmZvL01FVEFEQVRBTmFtZTogZGVtbwpQSwMEFAAAAAgAAAAhWOUlhsgYAAAA5gAAABoAAABkZW1vLTEuMC5kYXRhL3NjcmlwdHMvZGVtb1NW1E/KzNMvzuBKTc7IV8hIzcnJH35MAFBLAwQuAAAADAAAACFYEUu8gSwAAAAFAAAACgAAAHBhY2tlZC5iejJCWmg5MUFZJlNZSGMsRAAAAImAEAAQIEAQIAAwzQDBpoBxdyRThQkEhjLEQFBLAQIUAxQAAAAAAAAAIVj0y/HNCwAAAAsAAAAbAAAAAAAAAAAAAACAAQAAAABkZW1vLTEuMC5kaXN0LWluZm8vTUVUQURBVEFQSwECFAMUAAAACAAAACFY5SWGyBgAAADmAAAAGgAAAAAAAAAAAAAAgAFEAAAAZGVtby0xLjAuZGF0YS9zY3JpcHRzL2RlbW9QSwECLgMuAAAADAAAACFYEUu8gSwAAAAFAAAACgAAAAAAAAAAAAAAgAGUAAAAcGFja2VkLmJ6MlBLBQYAAAAAAwADAMkAAADoAAAAHgBhIGNvbW1lbnQgYWZ0ZXIgdGhlIGVuZCByZWNvcmQ=',
  'base64',
);

const named = (name: string) => (candidate: string) => candidate === name;

describe('one member of an archive that Python wrote', () => {
  test.each([
    ['stored', 'demo-1.0.dist-info/METADATA', 'Name: demo\n'],
    ['deflated', 'demo-1.0.data/scripts/demo', `#!/bin/sh\n${'echo hello\n'.repeat(20)}`],
  ])('%s is unpacked', async (_method, name, content) => {
    expect((await unzipOne(ARCHIVE, named(name))).toString()).toBe(content);
  });

  test('that is missing is refused with what is there', async () => {
    await expect(unzipOne(ARCHIVE, named('temporal'))).rejects.toThrow('does not contain the program, only demo-1.0');
  });

  test('packed otherwise is refused by the number of its method', async () => {
    await expect(unzipOne(ARCHIVE, named('packed.bz2'))).rejects.toThrow('method 12');
  });

  test('with one changed byte is refused as damaged', async () => {
    const damaged = Buffer.from(ARCHIVE);
    damaged[damaged.indexOf('Name: demo')] = 0x6e;
    await expect(unzipOne(damaged, named('demo-1.0.dist-info/METADATA'))).rejects.toThrow('CRC-32');
  });
});

test('a file that is no archive is refused', async () => {
  await expect(unzipOne(Buffer.from('<html>sign in to the network</html>'), named('x'))).rejects.toThrow('not a ZIP');
  await expect(unzipOne(Buffer.alloc(0), named('x'))).rejects.toThrow('not a ZIP');
});

test('an archive cut at its beginning is refused as damaged', async () => {
  await expect(unzipOne(ARCHIVE.subarray(100), named('demo-1.0.data/scripts/demo'))).rejects.toThrow('damaged');
});
