import { createHash } from 'node:crypto';
import { UserError } from '@syn2real/core';
import { quote } from '../errors.js';
import { KNOWN_WEIGHTS } from './known-weights.js';

/** A file to be downloaded, and where the cache keeps it. */
export interface RemoteFile {
  readonly url: string;
  /** Folders and name under the cache folder. */
  readonly place: readonly string[];
  /** The checksum that the file must have, whole or its first digits. */
  readonly sha256?: string;
}

const HUB_ID = /^(?:hf-hub:|hf:\/\/)?(\w[\w.-]*)\/(\w[\w.-]*?)(?:@(\w[\w.-]*))?$/;
const HASH_IN_NAME = /-([0-9a-f]{8})\.(?:pth|pt|pth\.tar|bin|safetensors)$/;
const HUB_FILE = 'model.safetensors';

/**
 * The remote file that a hub id or a URL names; `undefined` when it can only be a path.
 *
 * @throws UserError on a URL of another scheme than http or https
 */
export function remoteFile(
  source: string,
  hubEndpoint: string,
  checksumInName: boolean,
): RemoteFile | undefined {
  if (/^https?:\/\//i.test(source)) return fromUrl(source, checksumInName);
  const hub = /\.(pth|pt|bin|tar|safetensors)$/i.test(source) ? null : HUB_ID.exec(source);
  if (hub === null) {
    if (/^[a-z][a-z0-9+-]+:\/\//i.test(source)) {
      throw new UserError({
        what: 'the weights are at an address that cannot be used',
        got: quote(source),
        expected: 'http or https',
      });
    }
    return undefined;
  }
  const [, owner = '', name = '', revision = 'main'] = hub;
  const known = KNOWN_WEIGHTS.find((weights) => weights.source === `${owner}/${name}`);
  return {
    url: `${hubEndpoint.replace(/\/+$/, '')}/${owner}/${name}/resolve/${revision}/${HUB_FILE}`,
    place: ['hub', `${owner}--${name}`, revision, HUB_FILE],
    sha256: revision === 'main' ? known?.sha256 : undefined,
  };
}

function fromUrl(source: string, checksumInName: boolean): RemoteFile {
  if (!URL.canParse(source))
    throw new UserError({
      what: 'the address of the weights is damaged',
      got: quote(source),
      expected: 'an http or https URL',
    });
  const url = new URL(source);
  url.hash = '';
  const name =
    (url.pathname.split('/').at(-1) ?? '')
      .replace(/[^\w.-]/g, '_')
      .replace(/^\.+/, '')
      .slice(-100) || 'weights';
  const sha256 = checksumInName ? HASH_IN_NAME.exec(name)?.[1] : undefined;
  const folder = createHash('sha256').update(url.href).digest('hex').slice(0, 16);
  return {
    url: url.href,
    place: sha256 === undefined ? ['url', folder, name] : ['checkpoints', name],
    sha256,
  };
}
