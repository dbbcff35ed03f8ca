/* Reads QR codes from the phone's camera: with the browser's own reader where it has one, else with ours. */

const EVERY = 120; // milliseconds between two looks
const SIDE = 640; // pixels of the square in the middle that is looked at

async function reader(decoder) {
  if ("BarcodeDetector" in window && (await BarcodeDetector.getSupportedFormats()).includes("qr_code")) {
    const detector = new BarcodeDetector({ formats: ["qr_code"] });
    return async (canvas) => (await detector.detect(canvas))[0]?.rawValue;
  }
  const { decodeQR } = await import(decoder);
  return async (canvas, pen) => {
    try {
      return decodeQR(pen.getImageData(0, 0, canvas.width, canvas.height));
    } catch {
      return undefined; // no code in this picture
    }
  };
}

/* Whether the camera may be used; asks for it, and lets it go again. */
export async function mayBeUsed() {
  try {
    (await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } }))
      .getTracks()
      .forEach((track) => track.stop());
    return true;
  } catch {
    return false;
  }
}

/* Shows the camera in `video` and calls `found` with the text of each code; returns a function that ends it. */
export async function look(video, decoder, found) {
  const stream = await navigator.mediaDevices.getUserMedia({
    video: { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } },
  });
  video.srcObject = stream;
  await video.play();
  const read = await reader(decoder);
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIDE;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  let isOver = false;
  let lock = null;
  navigator.wakeLock?.request("screen").then((held) => (lock = held), () => {});
  (async () => {
    while (!isOver) {
      const side = Math.min(video.videoWidth, video.videoHeight);
      if (side) {
        const left = (video.videoWidth - side) / 2;
        const top = (video.videoHeight - side) / 2;
        pen.drawImage(video, left, top, side, side, 0, 0, SIDE, SIDE);
        const text = await read(canvas, pen);
        if (text && !isOver) await found(text);
      }
      await new Promise((resolve) => setTimeout(resolve, EVERY));
    }
  })();
  return () => {
    isOver = true;
    lock?.release();
    stream.getTracks().forEach((track) => track.stop());
    video.srcObject = null;
  };
}
