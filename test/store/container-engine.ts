import { getContainerRuntimeClient, ImageName } from 'testcontainers';
import { getReaperImage } from 'testcontainers/build/reaper/reaper.js';

/**
 * Why no container of an image can be tested here: no engine answers, or it cannot get the image, or the one of the
 * container that Testcontainers starts beside it. Whatever fails later is a fault of the image.
 */
export const whyNoContainer = async (image: string): Promise<string | undefined> => {
  const engine = await getContainerRuntimeClient().catch(messageOf);
  if (typeof engine === 'string') return `no Docker engine answers (${engine})`;
  for (const name of [image, getReaperImage()]) {
    const wanted = ImageName.fromString(name);
    const fault = await engine.image.pull(wanted).catch(messageOf);
    if (fault !== undefined) return `the Docker engine answers but cannot pull ${name} (${fault})`;
    // An engine ends a pull that fails after it has begun as one that succeeds.
    if (!(await engine.image.exists(wanted))) return `the Docker engine answers but cannot pull ${name}`;
  }
  return undefined;
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
