using Crm.Data;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Data;

internal sealed class RoutinesDb(DbContextOptions<RoutinesDb> options, ModuleScope scope) : ModuleDb(options, scope, "routines");
