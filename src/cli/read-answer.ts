/** The text of an answer. More than `maxLength` characters are an error, since a body may be endless. */
export async function readAnswer(response: Response, maxLength: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > maxLength) throw new Error('its answer is too long');
  }
  return text + decoder.decode();
}
