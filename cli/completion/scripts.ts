/*
 * What a shell needs to complete the words of putctl: each asks `putctl __complete` with the words up to the cursor, so that a script of today
 * knows the commands of tomorrow.
 */

const BASH = `# bash completion of putctl
_putctl() {
  local -a words=()
  local i word last line value
  # Readline breaks --system=lab into three words.
  for ((i = 1; i <= COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    last=$((\${#words[@]} - 1))
    if [[ $last -ge 0 && ( $word == '=' || \${words[$last]} == --*= ) ]]; then
      words[$last]="\${words[$last]}$word"
    else
      words+=("$word")
    fi
  done
  last=$((\${#words[@]} - 1))
  local prefix=''
  [[ \${words[$last]} == --*=* ]] && prefix="\${words[$last]%%=*}="
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == ':files' ]]; then
      compopt -o default
      return
    fi
    value=\${line%%$'\\t'*}
    COMPREPLY+=("\${value#"$prefix"}")
  done < <(putctl __complete "\${words[@]}" 2> /dev/null)
}
complete -F _putctl putctl
`;

const ZSH = `#compdef putctl
# zsh completion of putctl
_putctl() {
  local line value
  local -a described
  while IFS= read -r line; do
    if [[ $line == ':files' ]]; then
      _files
      return
    fi
    value=\${line%%$'\\t'*}
    described+=("\${value//:/\\\\:}:\${line#*$'\\t'}")
  done < <(putctl __complete "\${(@)words[2,CURRENT]}" 2> /dev/null)
  _describe putctl described
}
if [[ $funcstack[1] == _putctl ]]; then
  _putctl "$@"
else
  compdef _putctl putctl
fi
`;

const FISH = `# fish completion of putctl
function __putctl_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    test (count $current) -eq 0; and set current ''
    set -l lines (putctl __complete $words[2..-1] $current 2> /dev/null)
    if test "$lines[1]" = ':files'
        __fish_complete_path $current
    else
        test (count $lines) -gt 0; and printf '%s\\n' $lines
    end
end
complete -c putctl -f -a '(__putctl_complete)'
`;

const POWERSHELL = `# PowerShell completion of putctl
Register-ArgumentCompleter -Native -CommandName putctl -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements |
        Where-Object { $_.Extent.StartOffset -lt $cursorPosition } |
        Select-Object -Skip 1 |
        ForEach-Object {
            if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $_.Value } else { $_.ToString() }
        })
    # Windows PowerShell hands no empty argument on.
    $how = if ($wordToComplete -eq '') { @('__complete', '--new-word') } else { @('__complete') }
    $lines = @(& putctl @how @words 2> $null)
    if ($lines.Count -gt 0 -and $lines[0] -eq ':files') { return }
    foreach ($line in $lines) {
        $value, $help = $line -split "\`t", 2
        if (-not $help) { $help = $value }
        # What PowerShell would take apart stands in quotes.
        $text = if ($value -match '[^\\w./:=+-]') { "'" + $value.Replace("'", "''") + "'" } else { $value }
        [System.Management.Automation.CompletionResult]::new($text, $value, 'ParameterValue', $help)
    }
}
`;

export const COMPLETION_SCRIPTS = { bash: BASH, zsh: ZSH, fish: FISH, powershell: POWERSHELL } as const;
export type Shell = keyof typeof COMPLETION_SCRIPTS;
