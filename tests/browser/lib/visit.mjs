// The shop as a browser without script uses it, by hand: forms are read and sent, links followed.
export function visitor(server) {
  let cookie = '';
  const ask = async (path, options = {}) => {
    const answer = await fetch(new URL(path, server.url), {
      redirect: 'manual',
      ...options,
      headers: { origin: server.url, ...(cookie ? { cookie } : {}), ...options.headers },
    });
    const set = answer.headers.get('set-cookie');
    if (set) cookie = set.split(';')[0];
    return { status: answer.status, to: answer.headers.get('location'), text: await answer.text() };
  };
  const field = (text, name) => text.match(new RegExp(`name="${name}" value="([^"]*)"`))?.[1] ?? '';
  const send = (path, fields) =>
    ask(path, { method: 'POST', body: new URLSearchParams(fields) });
  return {
    ask,
    send,
    // Presses the button of the confirm page; where that leads to, and the order's address.
    pay: async (items, more = {}) => {
      const country = more.country ?? 'DE';
      const path = `/checkout/confirm?items=${encodeURIComponent(items)}&country=${country}`;
      const { text } = await ask(more.coupon ? `${path}&coupon=${more.coupon}` : path);
      const { to, status, text: refused } = await send('/checkout/confirm', {
        csrf: field(text, 'csrf'),
        key: field(text, 'key'),
        seen: field(text, 'seen'),
        items,
        country,
        method: 'card',
        email: 'ada@example.com',
        terms: 'yes',
        do: 'pay',
        ...more,
      });
      if (status !== 303)
        throw new Error(`${status} ${refused.match(/role="alert">.*?<\/p>/)?.[0] ?? 'refused'}`);
      const go = await ask(to);
      const link = go.text.match(/\/payment\/\w+\?(order=[^"]*)/)?.[1] ?? '';
      const query = link.replaceAll('&amp;', '&');
      const session = go.text.match(/url=http[^"]*\/checkout\/([0-9a-f-]+)/)?.[1];
      return { go: to, query, session };
    },
  };
}
