/** The ways to choose a folder: the browser's picker, a file input, and drag and drop. */
import { hasImageExtension } from "@plumage/models";
import type { FolderContents, FolderFile } from "../../../engine/folder/embedFolder.ts";
import { element } from "../dom/elements.ts";

/** Chromium's picker, which does not ask for permission to "upload" files. */
interface DirectoryPicker {
  showDirectoryPicker?(options: { id: string; mode: "read" }): Promise<FileSystemDirectoryHandle>;
}

/** By name, too: many systems have no type for what phones write. */
const isImage = ({ name, type }: File) =>
  (type.startsWith("image/") || hasImageExtension(name)) && !name.startsWith(".");

/**
 * Asks for a folder. Without a picker it opens the file input, whose choice onFolderInput reports.
 *
 * @returns nothing if the user canceled
 */
export async function pickFolder(): Promise<FolderContents | undefined> {
  const { showDirectoryPicker } = window as DirectoryPicker;
  if (!showDirectoryPicker) {
    element("folder-input", HTMLInputElement).click();
    return undefined;
  }
  try {
    const handle = await showDirectoryPicker.call(window, { id: "plumage", mode: "read" });
    const files: FolderFile[] = [];
    await readHandle(handle, `${handle.name}/`, files);
    return { name: handle.name, files };
  } catch (error) {
    if ((error as DOMException).name === "AbortError") return undefined;
    throw error;
  }
}

async function readHandle(
  directory: FileSystemDirectoryHandle,
  path: string,
  files: FolderFile[],
): Promise<void> {
  for await (const handle of directory.values()) {
    if (handle.kind === "directory")
      await readHandle(handle as FileSystemDirectoryHandle, `${path}${handle.name}/`, files);
    else {
      const file = await (handle as FileSystemFileHandle).getFile();
      if (isImage(file)) files.push({ path: path + file.name, file });
    }
  }
}

/** @param listener called with the folder that was chosen with the file input */
export function onFolderInput(listener: (folder: FolderContents) => void): void {
  const input = element("folder-input", HTMLInputElement);
  input.addEventListener("change", () => {
    const all = [...(input.files ?? [])];
    const files = all.filter(isImage).map((file) => ({ path: file.webkitRelativePath, file }));
    const [name] = (all[0]?.webkitRelativePath ?? "").split("/", 1);
    if (name) listener({ name, files });
    // Allows choosing the same folder again.
    input.value = "";
  });
}

/** The folder that was dropped, if it is one. Call it while the drop event is dispatched. */
export function droppedFolder(data: DataTransfer | null): FileSystemDirectoryEntry | undefined {
  const entry = data?.items[0]?.webkitGetAsEntry?.();
  return entry?.isDirectory ? (entry as FileSystemDirectoryEntry) : undefined;
}

export async function readDroppedFolder(
  directory: FileSystemDirectoryEntry,
): Promise<FolderContents> {
  const files: FolderFile[] = [];
  const visit = async (entry: FileSystemEntry): Promise<void> => {
    if (entry.isDirectory) {
      for (const child of await childrenOf(entry as FileSystemDirectoryEntry)) await visit(child);
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

/** Reads all entries: browsers return up to 100 per call, and none at the end. */
async function childrenOf(directory: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = directory.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const entries = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (entries.length === 0) return all;
    all.push(...entries);
  }
}
