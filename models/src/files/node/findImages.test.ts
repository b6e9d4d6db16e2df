import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { findImages } from "./findImages.ts";
import { describeLeftOut } from "./leftOut.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "plumage-find-"));
  chmodSync(root, 0o755);
});
afterEach(() => rmSync(root, { recursive: true }));

const write = (...names: string[]) => {
  for (const name of names) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), "");
  }
};
const find = async (folder = root) => {
  const { images, leftOut } = await findImages(folder, "choose another");
  return { images, skipped: describeLeftOut(leftOut) };
};

it("lists images sorted by code units, and counts other files", async () => {
  write("b/1.jpg", "B/1.JPG", "ä/1.jfif", "a/10.heic", "a/2.tif", "a.png", "notes.txt");
  write("c/1.HIF", "c/2.heif", "c/3.bmp");
  expect(await find()).toEqual({
    images: [
      "B/1.JPG",
      "a.png",
      "a/10.heic",
      "a/2.tif",
      "b/1.jpg",
      "c/1.HIF",
      "c/2.heif",
      "c/3.bmp",
      "ä/1.jfif",
    ],
    skipped: ["skipped files without an image extension: 1 (notes.txt)"],
  });
});

it("leaves out hidden files and the folders of systems", async () => {
  write("1.jpg", "...and then.jpg", ".Trash-1000/2.jpg", "a/.thumbnails/3.jpg", "a/._4.jpg");
  write("__MACOSX/5.jpg", "a/@eaDir/6.jpg", "$RECYCLE.BIN/7.jpg");
  expect(await find()).toEqual({
    images: ["...and then.jpg", "1.jpg"],
    skipped: [
      "skipped folders of the operating system or a NAS: 3 ($RECYCLE.BIN, __MACOSX, a/@eaDir)",
      "skipped hidden files and folders: 3",
    ],
  });
});

it("follows links, lists each image once and ends circles", async () => {
  write("photos/z/1.jpg", "nas/cats/2.jpg", "nas/3.jpg");
  const link = (target: string, name: string) =>
    symlinkSync(join(root, target), join(root, "photos", name));
  link("photos/z", "a");
  link("nas/cats", "cats");
  link("nas/3.jpg", "other.jpg");
  link("nas/3.jpg", "same.jpg");
  link("gone.jpg", "gone.jpg");
  symlinkSync(join(root, "photos"), join(root, "nas", "cats", "all"));
  symlinkSync("self", join(root, "photos", "self"));
  expect(await find(join(root, "photos"))).toEqual({
    images: ["cats/2.jpg", "other.jpg", "z/1.jpg"],
    skipped: [
      "skipped broken links: 2 (gone.jpg, self)",
      "skipped links to images and folders that are found anyway: 3 (a, same.jpg, cats/all)",
    ],
  });
});

it("passes over sockets, and names that are not UTF-8 or hold control characters", async () => {
  write("1.jpg", "a\x1b[2J.txt");
  const latin1 = Buffer.concat([Buffer.from(join(root, "No")), Buffer.from([0xeb, 0x6c])]);
  writeFileSync(Buffer.concat([latin1, Buffer.from(".jpg")]), "");
  const server = createServer().listen(join(root, "socket.jpg"));
  await once(server, "listening");
  expect(await find()).toEqual({
    images: ["1.jpg"],
    skipped: [
      "skipped names that are not UTF-8: 1 (No\\xebl.jpg)",
      "skipped sockets, pipes and devices: 1 (socket.jpg)",
      "skipped files without an image extension: 1 (a\\u001b[2J.txt)",
    ],
  });
  server.close();
});

it("passes over folders that cannot be read", async () => {
  write("a/1.jpg", "lost+found/2.jpg", "z/3.jpg");
  chmodSync(join(root, "lost+found"), 0);
  // Permissions do not bind root.
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid!(65534);
  try {
    expect(await find()).toEqual({
      images: ["a/1.jpg", "z/3.jpg"],
      skipped: ["skipped files and folders that cannot be read: 1 (lost+found)"],
    });
  } finally {
    if (isRoot) process.seteuid!(0);
    chmodSync(join(root, "lost+found"), 0o755);
  }
});

it("rejects a folder that is missing or is a file", async () => {
  write("file");
  await expect(find(join(root, "none"))).rejects.toThrow(/none is missing$/);
  await expect(find(join(root, "file"))).rejects.toMatchObject({
    code: "bad-file",
    message: expect.stringMatching(/file is not a folder$/),
    hint: "choose another",
  });
});

it("stops when aborted", async () => {
  await expect(findImages(root, "", AbortSignal.abort())).rejects.toThrow(/abort/i);
});
