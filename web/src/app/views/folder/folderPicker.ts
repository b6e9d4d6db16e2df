/**
 * The ways to a folder of a person's: a picker, an input for browsers without one, a folder that is
 * dropped.
 */
import type { FolderFile } from "../../../engine/folder/embedFolder.ts";
import { element } from "../dom/elements.ts";

export interface Folder {
  readonly name: string;
  readonly files: readonly FolderFile[];
}

/** Chromium's, which asks once and shows nothing of an upload. */
interface DirectoryPicker {
  showDirectoryPicker?(options: { id: string; mode: "read" }): Promise<FileSystemDirectoryHandle>;
}

const isImage = ({ name, type }: File) => type.startsWith("image/") && !name.startsWith(".");

/** Asks for a folder. @returns nothing where the person thought better of it */
export async function pickFolder(): Promise<Folder | undefined> {
  const { showDirectoryPicker } = window as DirectoryPicker;
  if (!showDirectoryPicker) {
    element("folder-input", HTMLInputElement).click();
    return undefined;
  }
  try {
    const handle = await showDirectoryPicker.call(window, { id: "plumage", mode: "read" });
    const files: FolderFile[] = [];
    await walk(handle, `${handle.name}/`, files);
    return { name: handle.name, files };
  } catch (error) {
    if ((error as DOMException).name === "AbortError") return undefined;
    throw error;
  }
}

async function walk(
  directory: FileSystemDirectoryHandle,
  path: string,
  files: FolderFile[],
): Promise<void> {
  for await (const handle of directory.values()) {
    if (handle.kind === "directory")
      await walk(handle as FileSystemDirectoryHandle, `${path}${handle.name}/`, files);
    else {
      const file = await (handle as FileSystemFileHandle).getFile();
      if (isImage(file)) files.push({ path: path + file.name, file });
    }
  }
}

/** Calls back with what was chosen by the input. */
export function onFolderInput(chosen: (folder: Folder) => void): void {
  const input = element("folder-input", HTMLInputElement);
  input.addEventListener("change", () => {
    const files = [...(input.files ?? [])]
      .filter(isImage)
      .map((file) => ({ path: file.webkitRelativePath, file }));
    const name = (input.files?.[0]?.webkitRelativePath ?? "").split("/", 1)[0]!;
    if (name) chosen({ name, files });
    input.value = "";
  });
}

/**
 * The folder that was dropped; nothing if it was something else. Must be called while the event is
 * handled.
 */
export function droppedFolder(data: DataTransfer | null): FileSystemDirectoryEntry | undefined {
  const entry = data?.items[0]?.webkitGetAsEntry?.();
  return entry?.isDirectory ? (entry as FileSystemDirectoryEntry) : undefined;
}

export async function readDropped(directory: FileSystemDirectoryEntry): Promise<Folder> {
  const files: FolderFile[] = [];
  const visit = async (entry: FileSystemEntry): Promise<void> => {
    if (entry.isDirectory) {
      for (const inside of await entriesOf(entry as FileSystemDirectoryEntry)) await visit(inside);
    } else {
      const file = await new Promise<File>((resolve, reject) =>
        (entry as FileSystemFileEntry).file(resolve, reject),
      );
      if (isImage(file)) files.push({ path: entry.fullPath.replace(/^\//, ""), file });
    }
  };
  await visit(directory);
  return { name: directory.name, files };
}

/** A reader gives a hundred at a time, and at last none. */
async function entriesOf(directory: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = directory.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return all;
    all.push(...some);
  }
}
