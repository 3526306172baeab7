import { describe, expect, it } from "vitest";

import { said, SENTENCES } from "./said";

describe("what the server says", () => {
  it("is said in Chinese with its numbers in their order", () => {
    expect(said("training 4 networks on 8 images", "zh")).toBe("正在训练 4 个网络，使用 8 幅图像");
    expect(said("The file has 2,000 bytes; 1,000 are allowed.", "zh")).toBe("文件有 2,000 字节，最多允许 1,000 字节。");
    expect(said("The PNG is damaged or cut off.", "zh")).toBe("PNG 文件已损坏或不完整。");
  });

  it("is said in Chinese where one sentence holds others", () => {
    const failed = "The PACS at a:1 is not ready (HTTP 503). Nothing came in. Pull the series again.";
    expect(said(failed, "zh")).toBe("a:1 上的 PACS 尚未就绪（HTTP 503）。 没有导入任何内容。请重新拉取序列。");
  });

  it("stays as it came in English, and where nobody has translated it", () => {
    expect(said("The image is gone.", "en")).toBe("The image is gone.");
    expect(said("Something new.", "zh")).toBe("Something new.");
    expect(said("The image is gone. Something new.", "zh")).toBe("The image is gone. Something new.");
  });

  it("is still what the server's sources hold", () => {
    const sources = import.meta.glob<string>("../../../src/winnow/**/*.py", {
      query: "?raw",
      import: "default",
      eager: true,
    });
    const all = Object.values(sources).join("\n");
    expect(all.length).toBeGreaterThan(100_000);
    const gone = SENTENCES.filter((sentence) => sentence.split("{}").some((part) => !all.includes(part)));
    expect(gone).toEqual([]);
  });
});
