/** Files as they are dropped or chosen, folders walked, and cut into requests the server takes. */

/** Files nobody means to upload. */
const LITTER = new Set([".DS_Store", "Thumbs.db", "desktop.ini", "DICOMDIR"]);

async function readAll(reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> {
  const entries: FileSystemEntry[] = [];
  // a directory is handed out in pieces of 100; an empty piece is the end
  for (;;) {
    const piece = await new Promise<FileSystemEntry[]>((resolve, reject) => {
      reader.readEntries(resolve, reject);
    });
    if (piece.length === 0) return entries;
    entries.push(...piece);
  }
}

async function walk(entry: FileSystemEntry): Promise<File[]> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => {
      (entry as FileSystemFileEntry).file(resolve, reject);
    });
    return [file];
  }
  const children = await readAll((entry as FileSystemDirectoryEntry).createReader());
  const files: File[] = [];
  for (const child of children) files.push(...(await walk(child)));
  return files;
}

/** Everything in a drop, folders included. The entries are taken before the first await: afterwards they are gone. */
export async function filesOfDrop(transfer: DataTransfer): Promise<File[]> {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  if (entries.length === 0) return wanted([...transfer.files]);
  const files: File[] = [];
  for (const entry of entries) files.push(...(await walk(entry)));
  return wanted(files);
}

export function wanted(files: File[]): File[] {
  return files.filter((file) => !LITTER.has(file.name) && !file.name.startsWith("._"));
}

/** Requests of at most `most` files and about `bytes` each, in order; a larger file travels alone. */
export function batches<T extends { size: number }>(files: T[], { most, bytes }: { most: number; bytes: number }): T[][] {
  const cut: T[][] = [];
  let current: T[] = [];
  let size = 0;
  for (const file of files) {
    if (current.length > 0 && (current.length >= most || size + file.size > bytes)) {
      cut.push(current);
      current = [];
      size = 0;
    }
    current.push(file);
    size += file.size;
  }
  if (current.length > 0) cut.push(current);
  return cut;
}
