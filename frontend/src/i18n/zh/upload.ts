import type en from "../en/upload";

export default {
  upload: {
    title: "上传",
    text: "导入本项目的图像，可一次全部上传，也可分批上传。",
    drop: "将 ZIP、文件或文件夹拖放到此处",
    kinds: "支持 DICOM、NIfTI、PNG、JPEG 和 TIFF：单个文件、文件夹，或 ZIP、tar 压缩包",
    choose: "选择文件",
    chooseFolder: "选择文件夹",
    promise:
      "DICOM 文件在保存之前先去标识化：姓名、编号、日期以及标准基本方案中所有可识别身份的属性都会被移除，原始文件随即删除。",
    sending: "正在发送 {n} 个文件… | 正在发送 {n} 个文件…",
    sendingShort: "已发送字节",
    bytes: "{sent} / {total}",
    paused: "已暂停",
    broken: "上传中断：已发送的内容不会丢失",
    pause: "暂停",
    goOn: "继续",
    unfinished: "{name}（{size}）的上传被中断。请在 24 小时内重新选择或拖放相同的文件，将从中断处继续。",
    discard: "放弃",
    nothing: "所选内容中没有可上传的文件。请选择图像文件、ZIP 或包含图像的文件夹。",
    cancelled: "上传已取消，没有保留任何内容。您可以重新选择文件。",
    report: "导入结果",
    lastReport: "最近一次上传的导入结果",
    past: "上传记录",
    show: "查看文件",
    file: "文件",
    outcome: "结果",
    reason: "原因",
    status: { written: "已导入", refused: "被拒绝", duplicate: "已存在", quarantined: "已隔离" },
    quarantineHint: "被隔离的文件无法安全保存，因此只保留原因，绝不保留内容。",
  },
} satisfies typeof en;
