import { checkId } from "../http/url.js";

/** A relationship of a request's resource to one that exists. @throws TypeError for anything that is not a resource id. */
export function toOne<const Type extends string>(name: string, type: Type, id: string) {
  return { data: { type, id: checkId(name, id) } };
}
