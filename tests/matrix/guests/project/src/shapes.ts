export type Shape = {kind: "circle"; r: number} | {kind: "square"; side: number};

export function area(shape: Shape): number {
  return shape.kind === "circle" ? Math.PI * shape.r ** 2 : shape.side ** 2;
}

export function unused(): never {
  throw new Error("tree shaking has to drop this");
}
