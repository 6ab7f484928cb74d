// plan, call, record: the order is stored before the gateway is asked, and what it said after.
import { open, openedAnswer, operationOf, priced } from './words.mjs';

export async function checkout(store, headers, raw) {
  const operation = operationOf(headers, raw);
  const order = priced(JSON.parse(raw));
  const planned = await store.plan({ operation, order });
  if (planned.answer) return planned.answer;
  const page = await open(order);
  const answer = openedAnswer(order, planned.n, page);
  await store.record({ operation, order, planned, page, answer });
  return answer;
}
