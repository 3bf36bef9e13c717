import fs from "node:fs";
import { replaceBuiltin } from "../../support/replace-builtin.js";

/** Calls a function once, before the call of this number (counted from 1) that reads the file system. */
export function beforeRead(number: number, change: () => void): { readonly wasCalled: boolean } {
  const { lstat, open, readdir, stat } = fs.promises;
  let calls = 0;
  const count = () => {
    calls += 1;
    if (calls === number) change();
  };
  const counting = <Args extends unknown[], Result>(read: (...args: Args) => Result) => {
    return (...args: Args) => {
      count();
      return read(...args);
    };
  };
  replaceBuiltin(fs.promises, {
    lstat: counting(lstat),
    open: counting(open),
    readdir: counting(readdir),
    stat: counting(stat),
  } as typeof fs.promises);
  return {
    get wasCalled() {
      return calls >= number;
    },
  };
}
