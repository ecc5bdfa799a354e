/** Live video from the worker that holds the camera: an offer to the console, its answer, then media straight from there. */

import { offerLive, remove, type Query } from "@/api/client";

export interface Live {
  stream: MediaStream;
  transcoded: boolean;
  blurred: boolean;
  /** Says once when the connection is lost for good. */
  lost: Promise<void>;
  end: () => void;
}

const GATHER_MS = 1000;

export async function whep(cameraId: string, query: Query): Promise<Live> {
  const peer = new RTCPeerConnection();
  const stream = new MediaStream();
  let location = "";
  const end = (): void => {
    peer.close();
    if (location) void remove(location.replace(/^\/api/, "")).catch(() => undefined);
    location = "";
  };
  try {
    peer.addTransceiver("video", { direction: "recvonly" });
    peer.ontrack = ({ track }) => stream.addTrack(track);
    await peer.setLocalDescription(await peer.createOffer());
    await gathered(peer);
    const answer = await offerLive(`/cameras/${encodeURIComponent(cameraId)}/whep`, query, peer.localDescription?.sdp ?? "");
    location = answer.location;
    await peer.setRemoteDescription({ type: "answer", sdp: answer.sdp });
    const lost = new Promise<void>((resolve) => {
      peer.onconnectionstatechange = () => {
        if (peer.connectionState === "failed" || peer.connectionState === "closed" || peer.connectionState === "disconnected") resolve();
      };
    });
    return { stream, transcoded: answer.transcoded, blurred: answer.blurred, lost, end };
  } catch (error) {
    end();
    throw error;
  }
}

/** The worker's addresses are enough; ours need not all be known. */
function gathered(peer: RTCPeerConnection): Promise<void> {
  if (peer.iceGatheringState === "complete") return Promise.resolve();
  return new Promise((resolve) => {
    const timer = window.setTimeout(resolve, GATHER_MS);
    peer.onicegatheringstatechange = () => {
      if (peer.iceGatheringState !== "complete") return;
      window.clearTimeout(timer);
      resolve();
    };
  });
}
