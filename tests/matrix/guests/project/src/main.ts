import {area, type Shape} from "./shapes";
import settings from "../settings.json";
import text from "./greeting.txt";

const shapes: Shape[] = [{kind: "circle", r: 2}, {kind: "square", side: settings.side}];
console.log(text.trim(), shapes.map(area).reduce((a, b) => a + b, 0).toFixed(2));
