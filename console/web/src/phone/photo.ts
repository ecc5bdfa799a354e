/** A picture made small in the phone: at most 1280 pixels a side, a JPEG drawn anew, so that nothing of what the camera wrote
 * into the file (place, time, maker) leaves the phone. */

export const MOST_SIDE = 1280;
const QUALITY = 0.8;

/** Width and height that fit, in proportion; never larger than it was. */
export function fitted(width: number, height: number, most = MOST_SIDE): { width: number; height: number } {
  const scale = Math.min(1, most / Math.max(1, width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** Upright as it was taken. Throws where the browser can't read it. */
async function decoded(file: Blob): Promise<HTMLImageElement> {
  const url = URL.createObjectURL(file);
  try {
    const picture = new Image();
    picture.src = url;
    await picture.decode();
    return picture;
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** Throws where it is no picture that this browser can read. */
export async function smallJpeg(file: Blob): Promise<Blob> {
  const picture = await decoded(file);
  const { width, height } = fitted(picture.naturalWidth, picture.naturalHeight);
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const pen = canvas.getContext("2d");
  if (!pen) throw new Error("no canvas");
  pen.drawImage(picture, 0, 0, width, height);
  return new Promise((then, fail) => canvas.toBlob((blob) => (blob ? then(blob) : fail(new Error("no jpeg"))), "image/jpeg", QUALITY));
}
