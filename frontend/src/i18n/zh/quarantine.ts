import type en from "../en/quarantine";

export default {
  quarantine: {
    title: "有 {n} 个文件在隔离区等待处理 | 有 {n} 个文件在隔离区等待处理",
    text: "这些文件的像素中可能含有文字。只有管理员可以查看，每次查看都会记入审计日志。请标出不应出现的内容后放行，或删除该文件。",
    file: "文件",
    why: "原因",
    size: "像素",
    until: "自动删除日期",
    look: "查看",
    draw: "在图像上拖动，标出要涂黑的区域。已标出的区域是检测到文字的位置。",
    frame: "第 {n} 幅，共 {total} 幅",
    allFrames: "这些区域在所有图像中都会被涂黑。",
    regions: "没有要涂黑的区域 | {n} 个区域将被涂黑 | {n} 个区域将被涂黑",
    clear: "全部移除",
    removeRegion: "移除区域 {n}",
    later: "稍后决定",
    release: "原样放行",
    blankAndRelease: "涂黑并放行",
    releasing: "正在导入。",
    delete: "删除",
    deleteTitle: "删除此文件？",
    deleteLoses: "{path} 的像素将被永久删除。如果以后仍需要，必须重新上传该文件。",
  },
} satisfies typeof en;
