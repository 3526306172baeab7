import type en from "../en/pages";

export default {
  home: "项目",
  login: "登录",
  upload: "上传",
  annotation: "标注",
  review: "审核",
  loop: "训练与自动标注",
  statistics: "统计",
  download: "下载",
  team: "团队",
  profile: "个人设置",
  missing: "页面不存在",
} satisfies typeof en;
