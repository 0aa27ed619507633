/** Knows which methods a path would answer to, so that a wrong method is not called a wrong path. */
export class RouteTable {
  readonly #routes: { readonly pattern: RegExp; readonly methods: Set<string> }[] = [];
  readonly #byUrl = new Map<string, Set<string>>();

  add(method: string | readonly string[], url: string): void {
    let methods = this.#byUrl.get(url);
    if (methods === undefined) {
      methods = new Set();
      this.#byUrl.set(url, methods);
      const escaped = url.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*');
      this.#routes.push({ pattern: new RegExp(`^${escaped.replaceAll(/:[A-Za-z]+/g, '[^/]+')}$`), methods });
    }
    for (const each of typeof method === 'string' ? [method] : method) methods.add(each);
  }

  /** @returns the methods of every route that matches, in order of the alphabet. */
  methodsOf(url: string): string[] {
    const path = url.split('?', 1)[0] as string;
    const matching = this.#routes.filter((route) => route.pattern.test(path));
    return [...new Set(matching.flatMap((route) => [...route.methods]))].sort();
  }
}
