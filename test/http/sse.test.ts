import { createParser } from 'eventsource-parser';
import { expect, test } from 'vitest';
import { type Message, messageText } from '../../src/http/sse.ts';

const received = (message: Message) => {
  const messages: { id?: string | undefined; event?: string | undefined; data: string }[] = [];
  createParser({ onEvent: ({ id, event, data }) => messages.push({ id, event, data }) }).feed(messageText(message));
  return messages;
};

test('a message arrives as it was sent, whatever the lines of its data', () => {
  expect(received({ id: '7', event: 'targets', data: '{"size":8}' })).toEqual([
    { id: '7', event: 'targets', data: '{"size":8}' },
  ]);
  for (const data of ['', 'one\ntwo', 'id: 9\n\nevent: other\ndata: forged', '\n'])
    expect(received({ event: 'e', data }), data).toEqual([{ id: undefined, event: 'e', data }]);
});

test('a line of data ends with any of the three line breaks', () => {
  expect(received({ event: 'e', data: 'one\rtwo\r\nthree' })).toEqual([
    { id: undefined, event: 'e', data: 'one\ntwo\nthree' },
  ]);
});

test('an id or an event with a line break is refused', () => {
  for (const broken of ['a\nb', 'a\rb', 'a\r\ndata: forged', '\n']) {
    expect(() => messageText({ id: broken, event: 'e', data: '' })).toThrow('one line each');
    expect(() => messageText({ event: broken, data: '' })).toThrow('one line each');
  }
});
