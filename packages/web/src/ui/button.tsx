import type { ButtonHTMLAttributes, ReactNode } from 'react'
import { Icon, type IconName } from './icon.js'
import './button.css'

type ButtonProps = ButtonHTMLAttributes<HTMLButtonElement> & {
  /** `plain` when left out; one `primary` on a screen at most. */
  readonly look?: 'plain' | 'primary' | 'danger' | 'quiet'
  readonly small?: boolean
  readonly icon?: IconName
  readonly children?: ReactNode
}

export function Button({
  look = 'plain',
  small = false,
  icon,
  children,
  className = '',
  ...rest
}: ButtonProps) {
  const size = small ? ' button-small' : ''
  const square = children === undefined ? ' button-square' : ''
  return (
    <button type="button" className={`button button-${look}${size}${square} ${className}`} {...rest}>
      {icon !== undefined && <Icon name={icon} />}
      {children}
    </button>
  )
}

type IconButtonProps = Omit<ButtonProps, 'children' | 'icon'> & {
  readonly icon: IconName
  /** What it does, read aloud and shown on hovering. */
  readonly label: string
}

export function IconButton({ label, look = 'quiet', ...rest }: IconButtonProps) {
  return <Button look={look} aria-label={label} title={label} {...rest} />
}
