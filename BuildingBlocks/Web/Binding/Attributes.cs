using System.ComponentModel.DataAnnotations;

namespace Crm.Web;

/// <summary>Text of several lines: line ends stay when it is cleaned, and <c>&lt;field&gt;</c> makes a text area.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class MultilineTextAttribute() : DataTypeAttribute(System.ComponentModel.DataAnnotations.DataType.MultilineText);

/// <summary>Taken exactly as typed: source text, patterns, secrets. Passwords (<c>[DataType(DataType.Password)]</c>) are taken so anyway.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class VerbatimAttribute() : DataTypeAttribute("Verbatim");

/// <summary>An amount of Rials: <c>&lt;field&gt;</c> types it with separators.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class RialsAttribute() : DataTypeAttribute(System.ComponentModel.DataAnnotations.DataType.Currency);

/// <summary>A telephone number: <c>&lt;field&gt;</c> writes it left to right and tidies it when it is left.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class PhoneFieldAttribute() : DataTypeAttribute(System.ComponentModel.DataAnnotations.DataType.PhoneNumber);
