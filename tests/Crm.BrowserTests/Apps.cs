namespace Crm.BrowserTests;

/// <summary>For everybody in Persian.</summary>
public sealed class PersianApp() : BrowserApp("fa");

/// <summary>For everybody in English.</summary>
public sealed class EnglishApp() : BrowserApp("en");

[CollectionDefinition("Persian")]
public sealed class PersianTests : ICollectionFixture<PersianApp>;

[CollectionDefinition("English")]
public sealed class EnglishTests : ICollectionFixture<EnglishApp>;
