/** The text of an answer. One of more than `most` characters is an error: other servers may send bodies without end. */
export async function readAnswer(response: Response, most: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > most) throw new Error('its answer has no end');
  }
  return text + decoder.decode();
}
