import { type ComponentType, type LazyExoticComponent, lazy } from 'react'

/** A page that is loaded when somebody goes there. */
export function later(load: () => Promise<ComponentType>): LazyExoticComponent<ComponentType> {
  return lazy(async () => ({ default: await load() }))
}
