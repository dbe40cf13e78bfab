import type { ByteSource } from '../byte-source.js';
import type { PickleLimits } from './machine.js';
import type { Pickled, StorageRef } from './values.js';

/** Which of PyTorch's file formats a checkpoint has. */
export type PytorchFormat = 'zip' | 'legacy' | 'tar';

/** Options of the PyTorch readers. */
export interface ReadPytorchOptions extends Partial<PickleLimits> {
  /** Check the CRC-32 of zip members. Default true. */
  checkCrc?: boolean;
  /** Most bytes of tensor data to make. Default 64 MiB + 4 × the file's size: views may repeat a storage. */
  maxTensorBytes?: number;
}

/** The options with every default filled in. */
export type ArchiveOptions = PickleLimits & { readonly checkCrc: boolean };

/** An opened checkpoint: its structure, and how to read a storage's bytes. */
export interface Archive {
  readonly format: PytorchFormat;
  readonly root: Pickled;
  /** The whole storage, as it lies in the file. @throws FormatError when its size is not the declared one */
  readStorage(storage: StorageRef): Promise<Uint8Array>;
  /** Whether the elements are big endian. */
  readonly bigEndian: boolean;
}

/** Reads the structure of a checkpoint of one format. */
export type OpenArchive = (source: ByteSource, options: ArchiveOptions) => Promise<Archive>;
