/** Files as they are dropped or chosen, folders walked. */
import type { Chosen } from "./tar";

/** Files nobody means to upload. */
const LITTER = new Set([".DS_Store", "Thumbs.db", "desktop.ini"]);

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

async function walk(entry: FileSystemEntry): Promise<Chosen[]> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => {
      (entry as FileSystemFileEntry).file(resolve, reject);
    });
    return [{ path: entry.fullPath.replace(/^\//, ""), file }];
  }
  const children = await readAll((entry as FileSystemDirectoryEntry).createReader());
  const files: Chosen[] = [];
  for (const child of children) files.push(...(await walk(child)));
  return files;
}

/** Everything in a drop, folders included. The entries are taken before the first await: afterwards they are gone. */
export async function filesOfDrop(transfer: DataTransfer): Promise<Chosen[]> {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  if (entries.length === 0) return filesOfInput(transfer.files);
  const files: Chosen[] = [];
  for (const entry of entries) files.push(...(await walk(entry)));
  return wanted(files);
}

/** What was chosen in a file or folder dialog. */
export function filesOfInput(files: Iterable<File> | ArrayLike<File>): Chosen[] {
  return wanted(Array.from(files, (file) => ({ path: file.webkitRelativePath || file.name, file })));
}

/** Without litter, in an order that does not depend on the file system: the same folder gives the same upload. */
export function wanted(files: Chosen[]): Chosen[] {
  return files
    .filter(({ file }) => !LITTER.has(file.name) && !file.name.startsWith("._"))
    .sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

/** What an upload is called: its file, or the folder all its files are in. */
export function nameOf(files: readonly Chosen[]): string {
  const [first] = files;
  if (files.length === 1 && first) return first.file.name;
  const folders = new Set(files.map(({ path }) => (path.includes("/") ? path.slice(0, path.indexOf("/")) : "")));
  const [folder] = folders;
  return folders.size === 1 && folder ? `${folder}.tar` : "files.tar";
}

/** Tells uploads apart: alike for the same files, by path, size and time of change; 53 bits (cyrb53). */
export function fingerprintOf(files: readonly Chosen[]): string {
  const all = files.map(({ path, file }) => `${path}\n${String(file.size)}\n${String(file.lastModified)}`).join("\n\n");
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let at = 0; at < all.length; at++) {
    const code = all.charCodeAt(at);
    a = Math.imul(a ^ code, 0x9e3779b1);
    b = Math.imul(b ^ code, 0x5f356495);
  }
  a = Math.imul(a ^ (a >>> 16), 0x85ebca6b) ^ Math.imul(b ^ (b >>> 13), 0xc2b2ae35);
  b = Math.imul(b ^ (b >>> 16), 0x85ebca6b) ^ Math.imul(a ^ (a >>> 13), 0xc2b2ae35);
  return (4294967296 * (2097151 & b) + (a >>> 0)).toString(36);
}
