import type { CommandUsage, FlagUsage } from "../../command.ts";
import { globalFlags } from "../../shared_flags.ts";
import {
  type Candidates,
  flagsOf,
  groupsOf,
  operandCandidates,
  singlesOf,
  spellings,
  valueCandidates,
} from "./parts.ts";

/** The script for PowerShell, 5.1 or newer. If it returns nothing, PowerShell completes files itself. */
export function powershellScript(commands: readonly CommandUsage[]): string {
  const groups = groupsOf(commands);
  const first = [
    ...singlesOf(commands).map(({ name, summary }) => item(name, summary)),
    ...groups.map(({ name, words }) => item(name, words.join(", "))),
    ...globalFlags.map(({ name, doc }) => item(`--${name}`, doc)),
  ];
  const second = groups.map(({ name, members, words }) =>
    `    ${quoted(name)} = @(${members.map(({ summary }, at) => item(words[at]!, summary)).join(", ")})`
  );
  const table = [
    ...commands.map((usage) => entry(usage.name, usage, commands)),
    ...groups.map(({ name, members }) => entry(name, members[0]!, commands)),
  ];
  return `# PowerShell completion of playbooks
# Use it with: playbooks completions powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName playbooks, pb -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $first = @(${first.join(", ")})
  $second = @{
${second.join("\n")}
  }
  $commands = @{
${table.join("\n")}
  }
  $program = $commandAst.CommandElements[0].ToString()
  $words = @($commandAst.CommandElements | Select-Object -Skip 1 |
    Where-Object { $_.Extent.EndOffset -lt $cursorPosition -or $wordToComplete -eq '' } | ForEach-Object { $_.ToString() })
  function Get-Candidates($kind) {
    if ($kind -is [array]) { $kind | ForEach-Object { @{ Text = $_; Doc = $_ } } }
    elseif ($kind -eq 'sessions') {
      & $program completions sessions 2>$null | ForEach-Object {
        $word, $about = $_ -split "\`t", 2
        if ($word -match '[^\\w.-]') { $word = "'" + $word.Replace("'", "''") + "'" }
        @{ Text = $word; Doc = $about }
      }
    }
  }
  $found = if ($words.Count -eq 0) { $first } else {
    $name = $words[0]
    if ($words.Count -ge 2 -and $commands.ContainsKey("$($words[0]) $($words[1])")) { $name = "$($words[0]) $($words[1])" }
    if (-not $commands.ContainsKey($name)) { $name = 'run' }
    $command = $commands[$name]
    $flag = $command.Flags | Where-Object { $_.Names -ccontains $words[-1] -and $null -ne $_.Value } | Select-Object -First 1
    if ($flag) { Get-Candidates $flag.Value }
    else {
      if ($words.Count -eq 1 -and $second.ContainsKey($words[0])) { $second[$words[0]] }
      if ($wordToComplete -like '-*') {
        $command.Flags | ForEach-Object { foreach ($text in $_.Names) { @{ Text = $text; Doc = $_.Doc } } }
      } else { Get-Candidates $command.Operands }
    }
  }
  # A quote may be open, and a name with a space has quotes of its own.
  $typed = $wordToComplete.Trim([char]34, [char]39)
  $found | Where-Object { $_ -and $_.Text.Trim([char]39).StartsWith($typed, 'OrdinalIgnoreCase') } | ForEach-Object {
    $doc = if ($_.Doc) { $_.Doc } else { $_.Text }
    [System.Management.Automation.CompletionResult]::new($_.Text, $_.Text, 'ParameterValue', $doc)
  }
}
`;
}

function entry(name: string, usage: CommandUsage, commands: readonly CommandUsage[]): string {
  const flags = flagsOf(usage).map(flagItem).join(", ");
  return `    ${quoted(name)} = @{ Operands = ${
    candidates(operandCandidates(usage, commands))
  }; Flags = @(${flags}) }`;
}

function flagItem(flag: FlagUsage): string {
  const names = spellings(flag).map(quoted).join(", ");
  const value = flag.value === undefined ? "$null" : candidates(valueCandidates(flag));
  return `@{ Names = @(${names}); Doc = ${quoted(flag.doc)}; Value = ${value} }`;
}

function candidates(of: Candidates): string {
  return of.kind === "words" ? `@(${of.words.map(quoted).join(", ")})` : quoted(of.kind);
}

function item(text: string, doc: string): string {
  return `@{ Text = ${quoted(text)}; Doc = ${quoted(doc)} }`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
