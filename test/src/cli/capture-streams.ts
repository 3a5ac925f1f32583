/** Standard streams that keep what is written to them. */
export interface CapturedStreams {
  readonly stdout: { readonly written: string[]; write(text: string): void };
  readonly stderr: { readonly written: string[]; write(text: string): void };
}

/** Streams of no terminal. */
export function captureStreams(): CapturedStreams {
  return { stdout: captureStream(), stderr: captureStream() };
}

function captureStream(): CapturedStreams['stdout'] {
  const written: string[] = [];
  return {
    written,
    write: (text) => {
      written.push(text);
    },
  };
}
