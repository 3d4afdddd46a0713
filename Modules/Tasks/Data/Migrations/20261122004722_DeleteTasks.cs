using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Crm.Tasks.Data.Migrations
{
    /// <inheritdoc />
    public partial class DeleteTasks : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "deleted_at",
                schema: "tasks",
                table: "work_tasks",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<Guid>(
                name: "deleted_by",
                schema: "tasks",
                table: "work_tasks",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<Guid>(
                name: "deletion_id",
                schema: "tasks",
                table: "work_tasks",
                type: "uuid",
                nullable: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "deleted_at",
                schema: "tasks",
                table: "work_tasks");

            migrationBuilder.DropColumn(
                name: "deleted_by",
                schema: "tasks",
                table: "work_tasks");

            migrationBuilder.DropColumn(
                name: "deletion_id",
                schema: "tasks",
                table: "work_tasks");
        }
    }
}
