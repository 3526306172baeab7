/**
 * What the server says in English sentences, and the same in Chinese; {} stands for what varies from case to case.
 * A sentence that is not listed is shown as it came.
 */
const CHINESE: Readonly<Record<string, string>> = {
  // while a job runs
  "drawing slice {} of {}": "正在生成第 {} 幅，共 {} 幅",
  "looking for names: file {} of {}": "正在查找姓名：第 {} 个文件，共 {} 个",
  "file {} of {}, {} of {} MB": "第 {} 个文件，共 {} 个；{} / {} MB",
  "file {} of {}": "第 {} 个文件，共 {} 个",
  "The same pixels are there already: {}.": "相同的图像已存在：{}。",
  "{} of {} frames; the others are there already.": "{} 帧已导入（共 {} 帧），其余已存在。",
  "{} frames": "{} 帧",
  "It looks almost like {}: see whether one of them is to go.": "与 {} 几乎相同：请检查是否需要删除其中之一。",
  "looking at image {} of {}": "正在查看第 {} 幅，共 {} 幅",
  "image {} of {}": "第 {} 幅，共 {} 幅",
  "training {} networks on {} images": "正在训练 {} 个网络，使用 {} 幅图像",
  "measuring on the images each network left out": "正在用各网络未学习过的图像评估",
  "masks: file {} of {}": "正在匹配掩膜：第 {} 个文件，共 {} 个",
  // from a PACS
  "series {} of {} from the PACS: image {}": "正在从 PACS 拉取第 {} 个序列，共 {} 个：第 {} 幅图像",
  "The PACS at {} does not answer: nothing listens there.": "{} 上的 PACS 没有响应：该端口没有服务。",
  "The PACS at {} does not answer within {} s.": "{} 上的 PACS 在 {} 秒内没有响应。",
  "The PACS at {} takes longer than {} s: ask for less.": "{} 上的 PACS 用时超过 {} 秒：请缩小范围。",
  "The PACS at {} is not found: nobody knows this name.": "找不到 {} 上的 PACS：无法解析该名称。",
  "The PACS at {} broke the connection off.": "{} 上的 PACS 中断了连接。",
  "The PACS at {} broke off in the middle of a series.": "{} 上的 PACS 在传输序列时中断。",
  "The PACS at {} shows a certificate that this machine does not trust.": "{} 上的 PACS 的证书不受本机信任。",
  "The PACS at {} does not speak TLS: see whether its address begins with http or https.":
    "{} 上的 PACS 不支持 TLS：请检查地址以 http 还是 https 开头。",
  "The PACS at {} refuses the user name or the password.": "{} 上的 PACS 拒绝了用户名或密码。",
  "The PACS at {} knows nothing of this address (HTTP 404).": "{} 上的 PACS 没有这个地址（HTTP 404）。",
  "The PACS at {} is not ready (HTTP {}).": "{} 上的 PACS 尚未就绪（HTTP {}）。",
  "The PACS at {} refuses with HTTP status {}.": "{} 上的 PACS 拒绝了请求，HTTP 状态 {}。",
  "The PACS at {} answers with something other than DICOM JSON.": "{} 上的 PACS 的回答不是 DICOM JSON。",
  "The PACS at {} gives something other than DICOM files.": "{} 上的 PACS 返回的不是 DICOM 文件。",
  "The PACS at {} gives a series without images.": "{} 上的 PACS 返回的序列没有图像。",
  "{} may not be asked: an administrator names the PACS in WINNOW_PACS_HOSTS.":
    "不允许连接 {}：允许的 PACS 由系统管理员在 WINNOW_PACS_HOSTS 中指定。",
  "The address of a PACS begins with http:// or https:// and names a host.":
    "PACS 的地址须以 http:// 或 https:// 开头，并包含主机名。",
  "Give the password again: the address or the user is another one than before.": "地址或用户已更改：请重新输入密码。",
  "Give something to search by: a patient's number or name, a day, or a modality.":
    "请至少填写一项检索条件：患者编号、姓名、日期或设备类型。",
  "The first day is after the last one.": "起始日期晚于截止日期。",
  "The project is connected to no PACS.": "本项目没有连接 PACS。",
  "{} Nothing came in. {}": "{} 没有导入任何内容。{}",
  "Pull the series again.": "请重新拉取序列。",
  "Upload the rest again.": "请重新上传其余文件。",
  // what became of masks
  "Masks for {} images.": "已导入 {} 幅图像的掩膜。",
  "{} has been drawn on already: that is kept.": "{} 已有人工标注，保持不变。",
  "{} masks belong to no image that is here: send the images with them.": "{} 个掩膜找不到对应的图像：请与图像一起上传。",
  "{} images could be meant: name the mask as its image, with its folders.":
    "可能对应 {} 幅图像：请使掩膜与图像同名，并保留文件夹。",
  "The label volume has {} slices, its image {}.": "标注体有 {} 层，而图像有 {} 层。",
  "The label volume lies elsewhere in the patient than its image.": "标注体与图像在患者中的位置不一致。",
  "Segment {} is no class of this project.": "分割 {} 不是本项目的类别。",
  "The COCO category {} is no class of this project.": "COCO 类别 {} 不是本项目的类别。",
  // signing in
  "Too many wrong attempts: try again in {} s.": "错误尝试次数过多：请在 {} 秒后重试。",
  "The present password is wrong.": "当前密码不正确。",
  "The code is wrong, or was used already: wait for the next one.": "验证码错误或已被使用：请等待下一个。",
  // why a job ended
  "Cancelled.": "已取消。",
  "The uploaded files are gone: upload them again.": "上传的文件已不存在，请重新上传。",
  "There is no image left to choose from: every one is labelled, or could not be read.":
    "没有可供选择的图像：全部已标注，或无法读取。",
  "Every chosen image was labelled or taken up meanwhile: ask again.":
    "选中的图像在此期间都已被标注或领取，请重新发起。",
  "There is nothing to export: no image in these states has a mask.": "没有可导出的内容：所选状态的图像都没有掩膜。",
  "The network that was to label is gone.": "用于标注的网络已不存在。",
  "The image is gone.": "图像已不存在。",
  // why a file did not come in
  "This is not an image that can be read: PNG, JPEG, TIFF, NIfTI or DICOM.":
    "不是可读取的图像：PNG、JPEG、TIFF、NIfTI 或 DICOM。",
  "This is neither a PNG nor a JPEG.": "不是 PNG 或 JPEG 文件。",
  "This is not a DICOM file.": "不是 DICOM 文件。",
  "This is not a ZIP, or its end is missing.": "不是 ZIP 文件，或文件结尾缺失。",
  "More than {} archives in each other are not opened.": "压缩包嵌套超过 {} 层，不再打开。",
  "The archive holds no files.": "压缩包中没有文件。",
  "The tar archive is damaged or cut off.": "tar 压缩包已损坏或不完整。",
  "The file unpacks to more than {} bytes.": "文件解压后超过 {} 字节。",
  "The file unpacks to more than {} times its size.": "文件解压后超过其大小的 {} 倍。",
  "The file is encrypted: pack it again without a password.": "文件已加密：请不设密码重新打包。",
  "The file is damaged in the archive.": "压缩包中的该文件已损坏。",
  "The {} is damaged or cut off.": "{} 文件已损坏或不完整。",
  "The PNG is damaged: a checksum does not match.": "PNG 文件已损坏：校验和不符。",
  "The PNG is cut off before its end.": "PNG 文件不完整：结尾缺失。",
  "The TIFF is damaged or cut off.": "TIFF 文件已损坏或不完整。",
  "The TIFF is damaged, or of a kind that is not read.": "TIFF 文件已损坏，或属于无法读取的类型。",
  "The NIfTI file is damaged or cut off.": "NIfTI 文件已损坏或不完整。",
  "The DICOM file is damaged or cut off.": "DICOM 文件已损坏或不完整。",
  "The DICOM file is empty.": "DICOM 文件是空的。",
  "The DICOM file has no pixel data.": "DICOM 文件没有像素数据。",
  "The DICOM file does not say its rows and columns.": "DICOM 文件没有注明行数和列数。",
  "The DICOM file's compressed pixel data are damaged: they end the decoder.": "DICOM 文件的压缩像素数据已损坏。",
  "The picture has more than {} pixels.": "图像超过 {} 像素。",
  "The file has {} bytes; {} are allowed.": "文件有 {} 字节，最多允许 {} 字节。",
  "The archive holds {} files; {} are allowed.": "压缩包有 {} 个文件，最多允许 {} 个。",
  "The archive unpacks to more than {} times its size.": "压缩包解压后超过其大小的 {} 倍。",
  "The archive unpacks to more than {} bytes.": "压缩包解压后超过 {} 字节。",
  // text in pixels
  "Text in its pixels was blanked: {} regions.": "像素中的文字已涂黑：{} 个区域。",
  "Nobody searched its pixels for text: tesseract is not installed.": "未检测像素中的文字：没有安装 tesseract。",
  "There seems to be text in its pixels.": "像素中可能含有文字。",
  "It says that text is burned into its pixels, and none was found.": "文件注明像素中含有文字，但没有检测到。",
  "Its pixels could not be searched for text: {}": "无法检测像素中的文字：{}",
  "Released from quarantine.": "已从隔离区放行。",
  "Released from quarantine; the same pixels are there already.": "已从隔离区放行；相同的像素已存在。",
  "{} images released.": "已放行 {} 幅图像。",
  // why a file is in quarantine
  "It says that text is burned into its pixels (burned-in annotation).": "文件注明像素中含有文字（burned-in annotation）。",
  "It holds no image: only images can be made safe to store.": "文件不含图像：只有图像可以安全去标识并保存。",
  "It holds an encapsulated document: only images can be made safe to store.":
    "文件是封装的文档：只有图像可以安全去标识并保存。",
  "A DICOMDIR, the index of {} files, all of which came.": "DICOMDIR 目录文件，列出 {} 个文件，已全部收到。",
  "A DICOMDIR, the index of {} files, {} of which did not come.": "DICOMDIR 目录文件，列出 {} 个文件，其中 {} 个未收到。",
  "A DICOMDIR that lists no files.": "DICOMDIR 目录文件，没有列出任何文件。",
  "A DICOMDIR lists it, but it did not come.": "DICOMDIR 中列出了该文件，但没有收到。",
  "It is a DICOMDIR, a table of contents: send the files it lists.": "这是 DICOMDIR 目录文件：请上传其中列出的文件。",
  "Its header is too damaged to be made safe to store.": "文件头损坏严重，无法安全去标识。",
  "A second look found the original's {} again in its bytes.": "复查发现原文件的 {} 仍出现在结果的字节中。",
  "A second look found the original's {} again in {}.": "复查发现原文件的 {} 仍出现在 {} 中。",
  "Its header holds values that cannot be written into a new file.": "文件头含有无法写入新文件的值。",
  "Its pixel data do not fit its header: nobody can tell what they hold.": "像素数据与文件头不符，无法确定其内容。",
};

export const SENTENCES = Object.keys(CHINESE);

const patterns = Object.entries(CHINESE).map(([english, chinese]) => {
  const fixed = english.split("{}").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return [new RegExp(`^${fixed.join("(.+?)")}$`), chinese] as const;
});

/** A sentence of the server in the language of the page. */
export function said(sentence: string, language: string): string {
  if (language !== "zh") return sentence;
  for (const [pattern, chinese] of patterns) {
    const match = pattern.exec(sentence);
    if (!match) continue;
    let place = 0;
    // what varies may itself be a sentence
    return chinese.replaceAll("{}", () => said(match[++place] ?? "", language));
  }
  return sentence;
}
